package ent

import "portico/ent/schema"

// Limit is one limit of a plan, in the form in which plans and services store
// it (2.3).
type Limit = schema.Limit
