// Command schema prints the published contract, schema.graphql, from the
// executable schema.
package main

import (
	"log"
	"os"

	"portico/graph"
)

func main() {
	if err := os.WriteFile("schema.graphql", []byte(graph.Print(graph.Published(true))), 0o644); err != nil {
		log.Fatal(err)
	}
}
