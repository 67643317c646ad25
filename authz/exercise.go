package authz

import (
	"sync/atomic"
	"time"
)

// Exercise is [Principal.Allows] for a permission that is then used, on an account. It
// also returns the grant that gives it, if it is the first time that the principal
// exercises it. It allocates nothing, and may be called concurrently.
func (p *Principal) Exercise(perm Permission, o Object, now time.Time) (allowed bool, first *Grant) {
	if p == nil || o.AccountID == "" || perm.NonTransferable() {
		return p.Allows(perm, o, now), nil
	}
	for i := range p.Grants {
		if g := &p.Grants[i]; g.gives(perm, o, now) {
			if p.mark(i) {
				return true, g
			}
			return true, nil
		}
	}
	return p.Kind == System || p.Operator.Has(perm), nil
}

// mark reports whether the grant at an index wasn't marked before. The grants behind the
// first 128 have no mark.
func (p *Principal) mark(i int) bool {
	if i >= 64*len(p.exercised) {
		return true
	}
	word, bit := &p.exercised[i/64], uint64(1)<<(i%64)
	return atomic.LoadUint64(word)&bit == 0 && atomic.OrUint64(word, bit)&bit == 0
}

func (p *Principal) unmark() {
	for i := range p.exercised {
		atomic.StoreUint64(&p.exercised[i], 0)
	}
}
