// Package sandbox is what the example programs share: a client that sends the
// contract's operations to a running sandbox, and a play of stations that
// prints what it sees.
package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"portico/examples/contract"
)

// Client sends the contract's operations to a running portal.
type Client struct {
	// URL is the API, HTTP sends to it.
	URL  string
	HTTP *http.Client
}

// Object is a JSON object of an answer.
type Object = map[string]any

// Send sends an operation of the contract, as somebody (a bearer token, or
// nobody), and returns its data. Top-level errors are an error.
func (c *Client) Send(ctx context.Context, token, operation string, variables Object) (Object, error) {
	return c.Post(ctx, token, contract.Operation(operation), variables)
}

// Post sends a document of one's own; see Send.
func (c *Client) Post(ctx context.Context, token, query string, variables Object) (Object, error) {
	body, err := json.Marshal(Object{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data   Object
		Errors []struct {
			Message    string
			Path       []any
			Extensions Object
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%s: no JSON: %.200s", resp.Status, text)
	}
	if len(answer.Errors) > 0 {
		e := answer.Errors[0]
		return answer.Data, &Error{Code: Text(e.Extensions, "code"), Path: e.Path, Message: e.Message}
	}
	return answer.Data, nil
}

// Error is a top-level error of an answer.
type Error struct {
	Code, Message string
	Path          []any
}

func (e *Error) Error() string { return fmt.Sprintf("%s at %v: %s", e.Code, e.Path, e.Message) }

// Ended checks that an operation was refused since the session has ended.
func Ended(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Code == "UNAUTHENTICATED" {
		return nil
	}
	return fmt.Errorf("the session hasn't ended: %w", err)
}

// At digs into an answer by a dotted path: "account.orders.nodes.0.id".
func At(v any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case Object:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// Text is a string in an answer; empty if there is none.
func Text(v any, path string) string {
	s, _ := At(v, path).(string)
	return s
}
