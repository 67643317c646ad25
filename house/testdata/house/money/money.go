// Package money is a leaf.
package money

import _ "entgo.io/ent" // want money may not import entgo.io/ent: its layer uses no such library
