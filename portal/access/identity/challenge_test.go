package identity_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/png"
	"strings"
	"testing"

	"portico/ent"
	"portico/ent/db/captcha"
	"portico/portal"
	"portico/portal/access/identity"
	"portico/portaltest"
	"portico/server"
)

const createCaptcha = `mutation($i: CreateCaptchaInput!) { createCaptcha(input: $i) { captcha { id kind image seed difficulty expiresAt } ` + refusal + ` } }`

// offering returns an option for a portal with these challenges.
func offering(c func(*ent.Store) identity.Challenges) portaltest.Option {
	return func(pc *portal.Config, _ *server.Config) { pc.Challenges = c }
}

const easy = 10 // bits

func TestProofsOfWork(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		pose := func() (id, seed string) {
			c := portaltest.At(w.Done(nil, createCaptcha, in("purpose", "REGISTER", "kind", "PROOF_OF_WORK")), "captcha")
			if portaltest.String(c, "kind") != "PROOF_OF_WORK" || portaltest.At(c, "image") != nil || portaltest.At(c, "difficulty") != float64(easy) {
				t.Fatalf("%v", c)
			}
			return portaltest.String(c, "id"), portaltest.String(c, "seed")
		}
		try := func(phone, id, answer string) map[string]any {
			return in("phone", phone, "purpose", "REGISTER", "captchaId", id, "captchaAnswer", answer)
		}
		t.Run("1.1: who has worked for it gets a code, once", func(t *testing.T) {
			id, seed := pose()
			answer := identity.Work(seed, easy)
			w.Done(nil, askCode, try("+8613800660001", id, answer))
			refused(t, w.Refused(nil, askCode, try("+8613800660002", id, answer)), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
		})
		t.Run("1.1: a bit too little, another's work, and none are wrong", func(t *testing.T) {
			_, other := pose()
			for name, answer := range map[string]func(seed string) string{
				"a bit too little": func(seed string) string { return short(seed) },
				"another's":        func(seed string) string { return identity.Work(other, easy+4) + "x" },
				"none":             func(string) string { return "" },
				"long":             func(string) string { return strings.Repeat("1", 65) },
			} {
				id, seed := pose()
				if r := w.Refused(nil, askCode, try("+8613800660003", id, answer(seed))); r.Code != "CAPTCHA_WRONG" {
					t.Errorf("%s: %v", name, r)
				}
			}
		})
		t.Run("1.1: without a kind it is a picture", func(t *testing.T) {
			c := portaltest.At(w.Done(nil, createCaptcha, in("purpose", "REGISTER")), "captcha")
			if portaltest.String(c, "kind") != "PICTURE" || !strings.HasPrefix(portaltest.String(c, "image"), "data:image/png;base64,") || portaltest.At(c, "seed") != nil {
				t.Errorf("%v", c)
			}
		})
	}, offering(func(s *ent.Store) identity.Challenges { return identity.BuiltIn(s, easy) }))
}

// short returns an answer with one bit less than required.
func short(seed string) string {
	for n := easy - 1; ; {
		answer := identity.Work(seed, n)
		if answer != identity.Work(seed, n+1) {
			return answer
		}
		seed += "0" // another text with as little work
	}
}

// parrot is a challenge of another provider.
type parrot struct{}

func (parrot) Pose(context.Context, string) (identity.Posed, error) {
	return identity.Posed{Judged: "parrot"}, nil
}

func (parrot) Solved(_ context.Context, _, judged, answer string) (bool, error) {
	return judged == answer, nil
}

func TestAProviderSetsItsOwnChallenge(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.1: another challenge in the place of the picture opens what the picture did", func(t *testing.T) {
			c := portaltest.At(w.Done(nil, createCaptcha, in("purpose", "REGISTER")), "captcha")
			w.Done(nil, askCode, in("phone", "+8613800660001", "purpose", "REGISTER", "captchaId", portaltest.String(c, "id"), "captchaAnswer", "parrot"))
		})
		t.Run("1.1: a kind that isn't offered is refused with one that is", func(t *testing.T) {
			r := w.Refused(nil, createCaptcha, in("purpose", "REGISTER", "kind", "PROOF_OF_WORK"))
			refused(t, r, "CAPTCHA_KIND_UNAVAILABLE", "1.1", "input.kind")
			w.Done(nil, createCaptcha, map[string]any{"i": r.Remedy.Input})
		})
	}, offering(func(*ent.Store) identity.Challenges { return identity.Challenges{captcha.KindPICTURE: parrot{}} }))
}

func TestNoColourOfAPictureIsTheDigitsAlone(t *testing.T) {
	w := portaltest.New(t, portaltest.Engines[0])
	for range 8 {
		c := portaltest.String(w.Done(nil, createCaptcha, in("purpose", "REGISTER")), "captcha", "image")
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c, "data:image/png;base64,"))
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		p, ok := img.(*image.Paletted)
		if !ok || len(p.Palette) != 2 {
			t.Fatalf("1.1: %T of %d colours", img, len(p.Palette))
		}
		ink := 0 // lines in the digits' colour cross the ground on both sides
		for _, x := range []int{p.Rect.Min.X + 2, p.Rect.Max.X - 3} {
			for y := range p.Rect.Dy() {
				ink += int(p.ColorIndexAt(x, y))
			}
		}
		if ink == 0 {
			t.Error("1.1: nothing but the digits is drawn in their colour")
		}
	}
}
