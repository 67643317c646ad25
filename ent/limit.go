package ent

import "portico/ent/schema"

// Limit is one limit of a plan, as plans and services keep it (2.3).
type Limit = schema.Limit
