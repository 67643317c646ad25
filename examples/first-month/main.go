// Command first-month plays a customer's first month over HTTP, against a
// running sandbox, with the very operations that frontends send: as the owner,
// an employee, the provider's operator and its data plane. It prints what it
// sees and exits non-zero where a figure differs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"portico/examples/sandbox"
)

func main() {
	url := flag.String("url", "http://127.0.0.1:8080", "the address of a sandbox, with or without /graphql")
	file := flag.String("logins", "data/logins.json", "the sandbox's demonstration logins")
	flag.Parse()
	p, err := sandbox.Open(*url, *file, os.Stdout)
	if err == nil {
		err = (&play{Play: p}).all(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "first-month:", err)
		os.Exit(1)
	}
}
