// Command inline generates graph/generated: it runs gqlgen, writes a writer for
// each object type and a reader for each input object beside gqlgen's code (see package
// graph/inline), and lets that code enter them. It fails if gqlgen's code has another form than it
// knows.
package main

import (
	"log"
	"maps"

	"github.com/99designs/gqlgen/api"
	"github.com/99designs/gqlgen/codegen/config"
)

func main() {
	cfg, err := config.LoadConfigFromDefaultLocations()
	if err != nil {
		log.Fatal(err)
	}
	w, r := &writers{}, &readers{}
	if err := api.Generate(cfg, api.AddPlugin(w), api.AddPlugin(r)); err != nil {
		log.Fatal(err)
	}
	maps.Copy(w.entries, r.entries)
	if err := enter(cfg.Exec.DirName, w.entries); err != nil {
		log.Fatal("inline: ", err)
	}
}
