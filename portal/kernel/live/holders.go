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
	// standardCheck is how often it is looked at what holders may still do.
	standardCheck = 5 * time.Second
	// checkBound is how long one look may take.
	checkBound = 20 * time.Second
)

// Holders are the principals who hold a stream open on this process. What they
// hold is read anew every so often, in one reading for all of them; whose session
// has ended, or who may no longer listen, is ended. Make them by [NewHolders].
type Holders struct {
	reload    Reload
	listeners *Listeners[*Holder]
}

// Reload reads anew what principals hold, in the order of the list: nil for one
// whose session or key has ended.
type Reload func(context.Context, []*authz.Principal) ([]*authz.Principal, error)

// Holder is a principal who holds one stream open.
type Holder struct {
	principal *authz.Principal
	may       func(*authz.Principal) error
	end       func(error)
	reload    Reload
}

// reload reads anew what principals hold.
func reload(s *ent.Store) Reload {
	return func(ctx context.Context, all []*authz.Principal) ([]*authz.Principal, error) {
		return statement.ReloadPrincipals(ctx, s, all)
	}
}

var holders = ent.Keep(func(s *ent.Store) *Holders { return NewHolders(0, reload(s)) })

// HoldersOf are the holders of a store's streams.
func HoldersOf(s *ent.Store) *Holders { return holders.Of(s) }

// CheckEvery sets how often it is looked at what the holders of a store's streams
// may still do. Zero is every 5 seconds.
func CheckEvery(interval time.Duration) ent.Setting {
	return holders.SetBy(func(s *ent.Store) *Holders { return NewHolders(interval, reload(s)) })
}

// NewHolders makes holders who are looked at every so often; zero is every 5
// seconds.
func NewHolders(every time.Duration, reload Reload) *Holders {
	h := &Holders{reload: reload}
	h.listeners = New[*Holder](Config{Every: cmp.Or(every, standardCheck), Look: h.look})
	return h
}

// Hold notes that the context's principal holds a stream open until the context
// ends. May is asked about the principal as it is read anew, nil once its session
// or key has ended; its refusal is given to end, each time until the context ends.
func (h *Holders) Hold(ctx context.Context, may func(*authz.Principal) error, end func(error)) *Holder {
	one := &Holder{principal: authz.From(ctx), may: may, end: end, reload: h.reload}
	h.listeners.mu.Lock()
	entry := h.listeners.enter("", one) // whoever holds a stream was bounded when it was opened
	h.listeners.mu.Unlock()
	context.AfterFunc(ctx, entry.Leave)
	return one
}

// Recheck looks at all holders at once, since one of them may have lost something;
// it doesn't wait.
func (h *Holders) Recheck() { h.listeners.Look() }

// Check reads anew what a holder holds, and returns the refusal where it may no
// longer listen, or why that isn't known. One indexed read.
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
