package ent

import "portico/ent/schema"

// InvitedGrant is a grant that an invitation gives at its acceptance (1.5), as
// units use it.
type InvitedGrant = schema.InvitedGrant
