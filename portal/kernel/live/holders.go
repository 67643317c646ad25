package live

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"portico/authz"
	"portico/ent"
	"portico/ent/statement"
)

const (
	// standardCheck is how often holders' permissions are checked.
	standardCheck = 5 * time.Second
	// checkBound is how long one check may take.
	checkBound = 20 * time.Second
)

// Holders are the principals who hold a stream open on this process. Their
// permissions are reloaded periodically, in one reading for all; a stream ends
// when its principal's session has ended or it may no longer listen. Make them
// by [NewHolders].
type Holders struct {
	reload    Reload
	listeners *Listeners[*Holder]
}

// Reload reads again what principals may do, in the order of the list: nil for
// one whose session or key has ended.
type Reload func(context.Context, []*authz.Principal) ([]*authz.Principal, error)

// Holder is a principal who holds one stream open.
type Holder struct {
	principal *authz.Principal
	may       func(*authz.Principal) error
	end       func(error)
	reload    Reload
}

// reload returns the [Reload] of a store.
func reload(s *ent.Store) Reload {
	return func(ctx context.Context, all []*authz.Principal) ([]*authz.Principal, error) {
		return statement.ReloadPrincipals(ctx, s, all)
	}
}

var holders = ent.Keep(func(s *ent.Store) *Holders { return NewHolders(0, reload(s)) })

// HoldersOf returns the holders of a store's streams.
func HoldersOf(s *ent.Store) *Holders { return holders.Of(s) }

// CheckEvery sets how often the permissions of the holders of a store's streams
// are checked. Zero is every 5 seconds.
func CheckEvery(interval time.Duration) ent.Setting {
	return holders.SetBy(func(s *ent.Store) *Holders { return NewHolders(interval, reload(s)) })
}

// NewHolders makes holders that are checked at an interval; zero is every 5
// seconds.
func NewHolders(every time.Duration, reload Reload) *Holders {
	h := &Holders{reload: reload}
	h.listeners = New[*Holder](Config{Every: cmp.Or(every, standardCheck), Look: h.look})
	return h
}

// Hold records that the context's principal holds a stream open until the
// context ends. May is called with the reloaded principal, nil once its session
// or key has ended. Its refusal is given to end, at each check until the
// context ends.
func (h *Holders) Hold(ctx context.Context, may func(*authz.Principal) error, end func(error)) *Holder {
	one := &Holder{principal: authz.From(ctx), may: may, end: end, reload: h.reload}
	h.listeners.mu.Lock()
	entry := h.listeners.enter("", one) // the number of streams was limited when this one was opened
	h.listeners.mu.Unlock()
	context.AfterFunc(ctx, entry.Leave)
	return one
}

// Recheck checks all holders soon, since one of them may have lost a
// permission; it doesn't wait.
func (h *Holders) Recheck() { h.listeners.Look() }

// Check reloads a holder, and returns the refusal if it may no longer listen,
// or the error of the reading. One indexed read.
func (h *Holder) Check(ctx context.Context) error {
	fresh, err := h.reload(ctx, []*authz.Principal{h.principal})
	if err != nil {
		return err
	}
	return h.may(fresh[0])
}

func (h *Holders) look(ctx context.Context) {
	all := h.listeners.All()
	principals := make([]*authz.Principal, len(all))
	for i, one := range all {
		principals[i] = one.principal
	}
	ctx, done := context.WithTimeout(ctx, checkBound)
	defer done()
	fresh, err := h.reload(ctx, principals)
	if err != nil {
		slog.Error("sessions of streams not read", "error", err)
		return
	}
	for i, one := range all {
		if err := one.may(fresh[i]); err != nil {
			one.end(err)
		}
	}
}
