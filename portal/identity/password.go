package identity

import (
	"runtime"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"github.com/trustelem/zxcvbn"
	"golang.org/x/text/unicode/norm"

	"portico/clause"
)

// params are OWASP's for argon2id: 19 MiB, 2 passes, 1 lane.
var params = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const (
	shortest  = 10
	longest   = 128
	leastGood = 3 // of zxcvbn's 0 to 4
)

// dummy is compared where there is no such person, so that the work is the same.
var dummy = sync.OnceValue(func() string {
	h, err := argon2id.CreateHash("nobody's password", params)
	if err != nil {
		panic(err) // no entropy
	}
	return h
})

// checkStrength refuses what is short, common, or made of what is known of the
// person (1.4): an estimator judges, no composition rule.
func checkStrength(password string, known ...string) error {
	password = typed(password)
	if n := utf8.RuneCountInString(password); n < shortest || n > longest {
		return PasswordWeak.With("shortest", shortest).With("longest", longest)
	}
	var words []string // each text as it is, and its parts
	for _, k := range known {
		k = strings.ToLower(k)
		words = append(append(words, k), strings.FieldsFunc(k, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	if zxcvbn.PasswordStrength(password, words).Score < leastGood {
		return PasswordWeak.With("shortest", shortest).With("longest", longest)
	}
	return nil
}

// typed is a password as every keyboard types it: composed characters (NFC).
func typed(password string) string { return norm.NFC.String(password) }

// hashing is how many hashes are reckoned at once: each takes a lane and 19 MiB,
// and whoever asks for them isn't signed in.
var hashing = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))

// inTurn waits for a lane; the function that it returns leaves it.
func inTurn() func() {
	hashing <- struct{}{}
	return func() { <-hashing }
}

func hashPassword(password string) (string, error) {
	defer inTurn()()
	return argon2id.CreateHash(typed(password), params)
}

// matches compares a password with a hash; an empty hash, and a password longer
// than any may be, cost as much and never match.
func matches(password, hash string) (bool, error) {
	defer inTurn()()
	if len(password) > 4*longest {
		password, hash = password[:4*longest], ""
	}
	if hash == "" {
		_, err := argon2id.ComparePasswordAndHash(typed(password), dummy())
		return false, err
	}
	return argon2id.ComparePasswordAndHash(typed(password), hash)
}

// CheckPassword refuses a password that is too weak; known are words about the
// person that it must not rest on. The refusal is PASSWORD_WEAK (1.4).
func CheckPassword(password, field string, known ...string) error {
	if err := checkStrength(password, known...); err != nil {
		return err.(clause.Refusal).At(field)
	}
	return nil
}
