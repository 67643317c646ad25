package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"math/bits"
	"strconv"

	captchas "github.com/dchest/captcha"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/captcha"
)

// Challenge is a way to make automatic tries dear. A picture and a proof of work
// are built in; a provider can set another in the place of either. It is called
// outside transactions, and may be called at once from many requests.
type Challenge interface {
	// Pose makes a challenge under an id.
	Pose(ctx context.Context, id string) (Posed, error)
	// Solved reports whether an answer, folded, solves what was posed under the
	// id; judged is what Pose gave. It is asked once a challenge.
	Solved(ctx context.Context, id, judged, answer string) (bool, error)
}

// Posed is a challenge as it was made.
type Posed struct {
	// Image is shown: a data URL.
	Image *string
	// Seed and Difficulty are what a program works on.
	Seed       *string
	Difficulty *int
	// Judged is kept for Solved: ASCII, at most 190 bytes, and not the answer.
	Judged string
	// Answer is what the sandbox shows among its messages; empty where the caller
	// finds it alone.
	Answer string
}

// Challenges are what a provider offers, by kind.
type Challenges map[captcha.Kind]Challenge

// offered are the challenges that a store's portal poses.
var offered = ent.Keep(func(s *ent.Store) Challenges { return BuiltIn(s, Difficulty) })

// Offer sets which challenges a store's portal poses. Both built-in ones, unless
// it is set.
func Offer(make func(*ent.Store) Challenges) ent.Setting { return offered.SetBy(make) }

// BuiltIn are the built-in challenges of some kinds, all of them if none is
// named.
func BuiltIn(s *ent.Store, difficulty int, kinds ...captcha.Kind) Challenges {
	all := Challenges{captcha.KindPICTURE: picture{s}, captcha.KindPROOF_OF_WORK: proofOfWork{difficulty}}
	if len(kinds) == 0 {
		return all
	}
	some := Challenges{}
	for _, k := range kinds {
		some[k] = all[k]
	}
	return some
}

// pick is the challenge of a kind; of none asked for, a picture, or else what
// there is. Where it isn't offered, the challenge is nil and the kind one that
// is.
func (c Challenges) pick(asked *captcha.Kind) (captcha.Kind, Challenge) {
	if asked != nil && c[*asked] != nil {
		return *asked, c[*asked]
	}
	for _, k := range []captcha.Kind{captcha.KindPICTURE, captcha.KindPROOF_OF_WORK} {
		if c[k] == nil {
			continue
		}
		if asked == nil {
			return k, c[k]
		}
		return k, nil
	}
	return captcha.KindPICTURE, nil
}

func drawing(ctx context.Context, s *ent.Store) (*Place, error) {
	return drawers.Of(s).enter(authz.From(ctx).Network())
}

const (
	captchaDigits = 6
	captchaDomain = "captcha"
)

// picture is a picture of digits; only a keyed hash of them is kept.
type picture struct{ store *ent.Store }

// Pose draws digits.
func (p picture) Pose(_ context.Context, id string) (Posed, error) {
	digits := captchas.RandomDigits(captchaDigits)
	answer := make([]byte, len(digits))
	for i, d := range digits {
		answer[i] = '0' + d
	}
	image, err := draw(digits)
	if err != nil {
		return Posed{}, err
	}
	return Posed{Image: &image, Answer: string(answer), Judged: p.store.Index(captchaDomain, id+string(answer))}, nil
}

// Solved compares keyed hashes.
func (p picture) Solved(_ context.Context, id, judged, answer string) (bool, error) {
	return hmac.Equal([]byte(judged), []byte(p.store.Index(captchaDomain, id+answer))), nil
}

// Difficulty is how many leading zero bits a proof of work has, unless it is
// set: some 260,000 hashes, a second or two of a phone.
const Difficulty = 18

// LeastDifficulty and MostDifficulty are what can be set: below, the work is
// none; above, a phone works for minutes.
const (
	LeastDifficulty = 8
	MostDifficulty  = 26
)

// proofOfWork has the client find a text that, put behind the seed, gives a
// SHA-256 hash with so many leading zero bits.
type proofOfWork struct{ difficulty int }

// longestNonce bounds what is hashed.
const longestNonce = 64

// Pose gives the id as seed.
func (p proofOfWork) Pose(_ context.Context, id string) (Posed, error) {
	return Posed{Seed: &id, Difficulty: &p.difficulty, Judged: strconv.Itoa(p.difficulty)}, nil
}

// Solved holds one hash to the difficulty that was posed.
func (p proofOfWork) Solved(_ context.Context, id, judged, answer string) (bool, error) {
	want, err := strconv.Atoi(judged)
	if err != nil || answer == "" || len(answer) > longestNonce {
		return false, nil
	}
	return zeros(sha256.Sum256([]byte(id+answer))) >= want, nil
}

// Work finds an answer to a proof of work, as a client does.
func Work(seed string, difficulty int) string {
	for n := 0; ; n++ {
		nonce := strconv.Itoa(n)
		if zeros(sha256.Sum256([]byte(seed+nonce))) >= difficulty {
			return nonce
		}
	}
}

// zeros counts the leading zero bits of a hash.
func zeros(hash [sha256.Size]byte) int {
	n := 0
	for _, b := range hash {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
