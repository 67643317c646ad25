package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"portico/examples/contract"
)

// client sends the contract's operations to a running portal.
type client struct {
	url  string
	http *http.Client
}

// object is a JSON object of an answer.
type object = map[string]any

// send sends an operation of the contract, as somebody (a bearer token, or
// nobody), and returns its data. Top-level errors are an error.
func (c *client) send(ctx context.Context, token, operation string, variables object) (object, error) {
	return c.post(ctx, token, contract.Operation(operation), variables)
}

func (c *client) post(ctx context.Context, token, query string, variables object) (object, error) {
	body, err := json.Marshal(object{"query": query, "variables": variables})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	r.Header.Set("Accept-Language", "en")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data   object
		Errors []struct {
			Message    string
			Path       []any
			Extensions object
		}
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, fmt.Errorf("%s: no JSON: %.200s", resp.Status, text)
	}
	if len(answer.Errors) > 0 {
		e := answer.Errors[0]
		return answer.Data, fmt.Errorf("%v at %v: %s", e.Extensions["code"], e.Path, e.Message)
	}
	return answer.Data, nil
}

// at digs into an answer by a dotted path: "account.orders.nodes.0.id".
func at(v any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case object:
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

func text(v any, path string) string {
	s, _ := at(v, path).(string)
	return s
}
