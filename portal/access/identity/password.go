package identity

import (
	"context"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"

	"portico/clause"
)

// params are OWASP's parameters for argon2id: 19 MiB, 2 passes, 1 lane.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	shortest  = 10
	longest   = 128
	leastGood = 3 // of zxcvbn's 0 to 4
	// estimated is how many characters of a password are judged: the estimator's
	// work grows faster than the square of the length. A password whose beginning
	// is strong is strong as a whole.
	estimated = 32
	// hashed is how many bytes of a password are hashed at most.
	hashed = 4 * longest
)

// dummy is the hash that is compared if there is no such person, so that the
// work is the same.
var dummy = sync.OnceValue(func() string {
	h, err := argon2id.CreateHash("nobody's password", params)
	if err != nil {
		panic(err) // no entropy
	}
	return h
})

// WarmUp computes the dummy hash, so that the first sign-in doesn't wait for
// it.
func WarmUp() { dummy() }

// checkStrength refuses a password that is short, common, or made of known
// facts about the person (1.4). An estimator judges it; there is no composition
// rule. Call it in a lane.
func checkStrength(password string, known ...string) error {
	weak := PasswordWeak.With("shortest", shortest).With("longest", longest)
	if len(password) > hashed {
		return weak
	}
	password = typed(password)
	if n := utf8.RuneCountInString(password); n < shortest || n > longest {
		return weak
	}
	var words []string // each text and its parts
	for _, k := range known {
		k = strings.ToLower(beginning(k))
		words = append(append(words, k), strings.FieldsFunc(k, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	if zxcvbn.PasswordStrength(beginning(password), words).Score < leastGood {
		return weak
	}
	return nil
}

// beginning returns the part of a text that is estimated.
func beginning(s string) string {
	n := 0
	for i := range s {
		if n == estimated {
			return s[:i]
		}
		n++
	}
	return s
}

// typed returns a password in composed characters (NFC), as every keyboard
// types it.
func typed(password string) string { return norm.NFC.String(password) }

func hashPassword(password string) (string, error) {
	return argon2id.CreateHash(typed(password[:min(len(password), hashed)]), params)
}

// Matches compares a password with a hash. An empty hash, and a password over
// the maximum length, cost the same and never match.
func (p *Place) Matches(ctx context.Context, password, hash string) (right bool, err error) {
	err = p.run(ctx, func() error {
		if len(password) > hashed {
			password, hash = password[:hashed], ""
		}
		against := hash
		if hash == "" {
			against = dummy()
		}
		right, err = argon2id.ComparePasswordAndHash(typed(password), against)
		right = right && hash != ""
		return err
	})
	return right, err
}

// NewHash hashes a new password, of any strength. If held, that is after a
// successful proof, it also checks the strength, with the refusal PASSWORD_WEAK
// (1.4); a caller who proved nothing gets no estimate. Known are words about
// the person that the password must not rest on.
func (p *Place) NewHash(ctx context.Context, held bool, password, field string, known ...string) (hash string, err error) {
	err = p.run(ctx, func() error {
		if hash, err = hashPassword(password); err != nil || !held {
			return err
		}
		return CheckPassword(password, field, known...)
	})
	return hash, err
}

// HashNewPassword checks a new password's strength and hashes it without a
// queue, for command lines, seeds and tests. The refusal is PASSWORD_WEAK.
func HashNewPassword(password, field string, known ...string) (string, error) {
	if err := CheckPassword(password, field, known...); err != nil {
		return "", err
	}
	return hashPassword(password)
}

// CheckPassword refuses a password that is too weak; known are words about the
// person that it must not rest on. The refusal is PASSWORD_WEAK (1.4).
func CheckPassword(password, field string, known ...string) error {
	if err := checkStrength(password, known...); err != nil {
		return err.(clause.Refusal).At(field)
	}
	return nil
}
