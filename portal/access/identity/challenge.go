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

// Challenge is a way to make automatic tries expensive. A picture and a proof
// of work are built in; a provider can replace either. It is called outside
// transactions, from many requests at once.
type Challenge interface {
	// Pose makes a challenge under an id.
	Pose(ctx context.Context, id string) (Posed, error)
	// Solved reports whether an answer, folded, solves the challenge with the id;
	// judged is what Pose returned. It is called once per challenge.
	Solved(ctx context.Context, id, judged, answer string) (bool, error)
}

// Posed is a new challenge.
type Posed struct {
	// Image is a data URL to display.
	Image *string
	// Seed and Difficulty are the input of a proof of work.
	Seed       *string
	Difficulty *int
	// Judged is stored for Solved: ASCII, at most 190 bytes, and not the answer
	// itself.
	Judged string
	// Answer is shown among the sandbox's messages; empty if only the caller can
	// find it.
	Answer string
}

// Challenges are the challenges that a provider offers, by kind.
type Challenges map[captcha.Kind]Challenge

// offered holds the challenges that a store's portal poses.
var offered = ent.Keep(func(s *ent.Store) Challenges { return BuiltIn(s, Difficulty) })

// Offer sets which challenges a store's portal poses. The default is both
// built-in ones.
func Offer(make func(*ent.Store) Challenges) ent.Setting { return offered.SetBy(make) }

// BuiltIn returns the built-in challenges of the given kinds; all of them if
// none is given.
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

// pick returns the challenge of a kind. If no kind is requested, it prefers a
// picture. If the kind isn't offered, the challenge is nil and the kind is one
// that is offered.
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

// Difficulty is the default number of leading zero bits of a proof of work:
// some 260,000 hashes, a second or two on a phone.
const Difficulty = 18

// LeastDifficulty and MostDifficulty limit the setting: below, the work is
// negligible; above, a phone works for minutes.
const (
	LeastDifficulty = 8
	MostDifficulty  = 26
)

// proofOfWork makes the client find a text that, appended to the seed, gives a
// SHA-256 hash with the given number of leading zero bits.
type proofOfWork struct{ difficulty int }

// longestNonce bounds what is hashed.
const longestNonce = 64

// Pose uses the id as the seed.
func (p proofOfWork) Pose(_ context.Context, id string) (Posed, error) {
	return Posed{Seed: &id, Difficulty: &p.difficulty, Judged: strconv.Itoa(p.difficulty)}, nil
}

// Solved checks one hash against the difficulty that was posed.
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
