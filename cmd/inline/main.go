// Command inline generates graph/generated: it runs gqlgen, writes a writer for
// each object type beside gqlgen's code (see package graph/inline), and lets that
// code enter the writers. It fails if gqlgen's code has another form than it
// knows.
package main

import (
	"log"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		log.Fatal(err)
	}
	w := &writers{}
	if err := api.Generate(cfg, api.AddPlugin(w)); err != nil {
		log.Fatal(err)
	}
	if err := enter(cfg.Exec.DirName, w.entries); err != nil {
		log.Fatal("inline: ", err)
	}
}
