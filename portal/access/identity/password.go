package identity

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"

	"portico/clause"
)

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

// Matches compares a password with a hash. An empty hash, and a password over
// the maximum length, cost the same and never match.
func (p *Place) Matches(ctx context.Context, password, hash string) (right bool, err error) {
	err = p.run(ctx, func() error {
		if len(password) > hashed {
			password, hash = password[:hashed], ""
		}
		against := hash
		if hash == "" {
			against = p.lanes.cost.dummy()
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
		if hash, err = p.lanes.cost.Hash(password); err != nil || !held {
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
	return Standard.Hash(password)
}

// CheckPassword refuses a password that is too weak; known are words about the
// person that it must not rest on. The refusal is PASSWORD_WEAK (1.4).
func CheckPassword(password, field string, known ...string) error {
	if err := checkStrength(password, known...); err != nil {
		return err.(clause.Refusal).At(field)
	}
	return nil
}
