package main

import (
	"fmt"

	"portico/server"
)

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run() error {
	fmt.Println(server.BuiltFrom())
	return nil
}
