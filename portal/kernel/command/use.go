package command

import (
	"time"

	"portico/authz"
)

// conduct is what continued use is to the agreement; see [OnContinuedUse].
var conduct func(tx *Tx, used map[string]time.Time) error

// OnContinuedUse sets what happens once a command that is continued use has
// succeeded, in the transaction of that command: unit agreement records what an
// account accepts by it (0). Used is the latest instant of use of each account.
// It is set once, when the program starts.
func OnContinuedUse(record func(tx *Tx, used map[string]time.Time) error) {
	if conduct != nil {
		panic("command: continued use is recorded by one unit")
	}
	conduct = record
}

// continued records continued use: of the command's own account, and of those
// that it named by [Tx.Uses]. What Portico does by itself is nobody's use.
func continued(tx *Tx, c Command, o authz.Object) error {
	if !c.ContinuedUse || conduct == nil || tx.Principal().Kind == authz.System {
		return nil
	}
	used := tx.state.used
	if o.AccountID != "" {
		used = map[string]time.Time{o.AccountID: tx.Now}
	}
	if len(used) == 0 {
		return nil
	}
	return conduct(tx, used)
}
