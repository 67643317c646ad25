package identity

import (
	"sync"

	"github.com/alexedwards/argon2id"

	"portico/ent"
)

// Cost is how much work the hash of a password takes.
type Cost struct {
	params *argon2id.Params
	dummy  func() string
}

var (
	// Standard takes OWASP's parameters for argon2id: 19 MiB, 2 passes, 1 lane. It is
	// the default of a store.
	Standard = costing(19*1024, 2)
	// Slight protects nothing. It is for the tests of everything but passwords, since
	// half of their time would be hashing.
	Slight = costing(64, 1)
)

func costing(memory, passes uint32) *Cost {
	c := &Cost{params: &argon2id.Params{Memory: memory, Iterations: passes, Parallelism: 1, SaltLength: 16, KeyLength: 32}}
	c.dummy = sync.OnceValue(func() string {
		h, err := c.Hash("nobody's password")
		if err != nil {
			panic(err) // no entropy
		}
		return h
	})
	return c
}

// Hash hashes a password without a queue, in the PHC format. It doesn't check the
// strength.
func (c *Cost) Hash(password string) (string, error) {
	return argon2id.CreateHash(typed(password[:min(len(password), hashed)]), c.params)
}

var cost = ent.Keep(func(*ent.Store) *Cost { return Standard })

// HashAt sets the cost of the hashes of a store; the default is [Standard].
func HashAt(c *Cost) ent.Setting { return cost.Set(c) }

// WarmUp computes the hash that is compared if there is no such person, so that the
// work is the same and the first sign-in doesn't wait for it.
func WarmUp() { Standard.dummy() }
