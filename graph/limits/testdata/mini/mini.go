// Package mini is a small executable schema for the tests of limits and transport.
package mini

import (
	"context"
	"errors"
	"io"

	"github.com/99designs/gqlgen/graphql"
)

// New returns the schema with its resolvers.
func New() graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Resolvers: root{}})
}

type root struct{}

func (r root) Account() AccountResolver           { return account(r) }
func (r root) Mutation() MutationResolver         { return mutation(r) }
func (r root) Query() QueryResolver               { return query(r) }
func (r root) Subscription() SubscriptionResolver { return subscription(r) }

type (
	account      struct{}
	mutation     struct{}
	query        struct{}
	subscription struct{}
)

func (account) Orders(_ context.Context, a *Account, first *int, _ *string, _ *int, _ *string) (*OrderConnection, error) {
	n := 20
	if first != nil {
		n = *first
	}
	c := &OrderConnection{PageInfo: &PageInfo{}}
	for range n {
		o := &Order{ID: "o", Total: 1, Account: a}
		c.Nodes = append(c.Nodes, o)
		c.Edges = append(c.Edges, &OrderEdge{Node: o})
	}
	return c, nil
}

func (account) Parent(_ context.Context, a *Account) (*Account, error) { return a, nil }

func (query) Hello(_ context.Context, name *string) (string, error) { return "hello " + *name, nil }

func (query) Fail(context.Context) (*string, error) {
	return nil, errors.New("Error 1146: table secret.person doesn't exist")
}

func (query) Crash(context.Context) (*string, error) { panic("secret") }

func (query) Strict(context.Context) (string, error) { return "", errors.New("no") }

func (query) Node(_ context.Context, id string) (Node, error) {
	return &Account{ID: id, Name: "Ada"}, nil
}

func (query) Account(_ context.Context, id string) (*Account, error) {
	return &Account{ID: id, Name: "Ada"}, nil
}

func (mutation) Rename(_ context.Context, input RenameInput) (*RenamePayload, error) {
	return &RenamePayload{Name: input.Name}, nil
}

func (m mutation) Upload(ctx context.Context, file graphql.Upload) (*UploadPayload, error) {
	return m.UploadAll(ctx, []*graphql.Upload{&file})
}

func (mutation) UploadAll(_ context.Context, files []*graphql.Upload) (*UploadPayload, error) {
	p := &UploadPayload{}
	for _, f := range files {
		content, err := io.ReadAll(f.File)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, &File{Name: f.Filename, Size: int(f.Size), Content: string(content)})
	}
	return p, nil
}

func (subscription) Ticks(context.Context) (<-chan int, error) {
	c := make(chan int, 1)
	c <- 1
	close(c)
	return c, nil
}
