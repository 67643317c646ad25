package command

import (
	"time"

	"portico/authz"
)

// conduct records continued use; see [OnContinuedUse].
var conduct func(tx *Tx, used map[string]time.Time) error

// OnContinuedUse sets what runs, in the same transaction, after a command that
// is continued use has succeeded: unit agreement records what the account
// accepts by it (0). Used holds the latest instant of use of each account. It
// is set once, when the program starts.
func OnContinuedUse(record func(tx *Tx, used map[string]time.Time) error) {
	if conduct != nil {
		panic("command: continued use is recorded by one unit")
	}
	conduct = record
}

// continued records continued use of the command's own account, or of those
// that it named by [Tx.Uses]. What Portico does by itself is not use.
func continued(tx *Tx, o authz.Object) error {
	if !tx.Command().ContinuedUse || conduct == nil || tx.Principal().Kind == authz.System {
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
