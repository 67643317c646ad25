package portaltest

import (
	"portico/portal"
	"portico/portal/finance/ledger"
	"portico/portal/kernel/standing"
)

// Clean checks the ledger and standing as `portico ledger check` and `portico
// standing check` do. Neither may find anything.
func (w *World) Clean() {
	w.T.Helper()
	wrong, err := ledger.Check(w.System(), w.Portal.Store, portal.Rules()...)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, f := range wrong {
		w.T.Errorf("ledger check: %s", f)
	}
	differ, err := standing.Check(w.System(), w.Portal.Store, portal.Standing())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, f := range differ {
		w.T.Errorf("standing check: %+v", f)
	}
}
