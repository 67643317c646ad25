package identity_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portico/ent/db/captcha"
	"portico/ent/db/message"
	"portico/ent/db/phonecode"
	"portico/portal/kernel/address"
	"portico/portaltest"
)

const (
	refusal  = `userErrors { code message field clause remedy { description operation input } }`
	askCode  = `mutation($i: RequestPhoneCodeInput!) { requestPhoneCode(input: $i) { retryAfter ` + refusal + ` } }`
	reset    = `mutation($i: ResetPasswordInput!) { resetPassword(input: $i) { ` + refusal + ` } }`
	signIn   = `mutation($i: SignInInput!) { signIn(input: $i) { session { accessToken refreshToken expiresAt } ` + refusal + ` } }`
	refresh  = `mutation($i: RefreshSessionInput!) { refreshSession(input: $i) { session { accessToken refreshToken expiresAt } ` + refusal + ` } }`
	signOut  = `mutation($i: SignOutInput!) { signOut(input: $i) { ` + refusal + ` } }`
	verify   = `mutation($i: VerifyEmailInput!) { verifyEmail(input: $i) { person { id emailVerified } ` + refusal + ` } }`
	register = portaltest.RegisterMutation

	another = "staple orbit lantern 93 mule"
)

func in(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return map[string]any{"i": m}
}

// refused checks a refusal's code, clause and field.
func refused(t *testing.T, r portaltest.Refusal, code, clause, field string) {
	t.Helper()
	if r.Code != code || r.Clause != clause || strings.Join(r.Field, ".") != field {
		t.Fatalf("%s by %q at %v, want %s by %q at %q", r.Code, r.Clause, r.Field, code, clause, field)
	}
	if r.Message == "" || r.Remedy == nil {
		t.Fatalf("%s has no text or no remedy", r.Code)
	}
}

func ask(w *portaltest.World, phone, purpose string) map[string]any {
	id, answer := w.Captcha(purpose)
	return in("phone", phone, "purpose", purpose, "captchaId", id, "captchaAnswer", answer)
}

// answers sends n requests concurrently and counts their outcomes by code; ""
// is success.
func answers(w *portaltest.World, n int, send func(i int) portaltest.Response) map[string]int {
	var mu sync.Mutex
	var wg sync.WaitGroup
	got := map[string]int{}
	for i := range n {
		wg.Go(func() {
			r := send(i)
			code := ""
			if list := r.Refusals(w.T); len(list) > 0 {
				code = list[0].Code
			} else if len(r.Errors) > 0 {
				code = r.Errors[0].Code()
			}
			mu.Lock()
			defer mu.Unlock()
			got[code]++
		})
	}
	wg.Wait()
	return got
}

func TestCaptchas(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const phone = "+8613800990001"
		try := func(id, answer, purpose string) map[string]any {
			return in("phone", phone, "purpose", purpose, "captchaId", id, "captchaAnswer", answer)
		}
		t.Run("1.1: a captcha serves one answer, right or wrong", func(t *testing.T) {
			id, answer := w.Captcha("REGISTER")
			refused(t, w.Refused(nil, askCode, try(id, "x"+answer, "REGISTER")), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
			refused(t, w.Refused(nil, askCode, try(id, answer, "REGISTER")), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
		})
		t.Run("1.1: a captcha opens nothing but its purpose", func(t *testing.T) {
			id, answer := w.Captcha("SIGN_IN")
			refused(t, w.Refused(nil, askCode, try(id, answer, "REGISTER")), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
		})
		t.Run("1.1: ids that are none are wrong, not broken", func(t *testing.T) {
			for _, id := range []string{"", "capt_none", "验证码", strings.Repeat("x", 5000), "capt_\x00"} {
				refused(t, w.Refused(nil, askCode, try(id, "123456", "REGISTER")), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
			}
		})
		t.Run("1.1: a captcha serves for less than ten minutes", func(t *testing.T) {
			id, answer := w.Captcha("REGISTER")
			late, lateAnswer := w.Captcha("REGISTER")
			w.Wall.Advance(10*time.Minute - time.Microsecond)
			w.Done(nil, askCode, try(id, " "+answer+" ", "REGISTER"))
			w.Wall.Advance(time.Microsecond)
			refused(t, w.Refused(nil, askCode, try(late, lateAnswer, "REGISTER")), "CAPTCHA_WRONG", "1.1", "input.captchaAnswer")
		})
		t.Run("1.1: of twelve right answers at once one counts", func(t *testing.T) {
			id, answer := w.Captcha("REGISTER")
			got := answers(w, 12, func(i int) portaltest.Response {
				return w.Send(nil, askCode, in("phone", fmt.Sprintf("+86138009901%02d", i), "purpose", "REGISTER", "captchaId", id, "captchaAnswer", answer))
			})
			if got[""] != 1 || got["CAPTCHA_WRONG"] != 11 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.1: only a keyed hash of an answer is kept", func(t *testing.T) {
			id, answer := w.Captcha("REGISTER")
			row, err := w.Portal.Store.Read().Captcha.Query().Where(captcha.ID(id)).Only(w.System())
			if err != nil || strings.Contains(row.AnswerHash, answer) || len(row.AnswerHash) != 64 {
				t.Errorf("%v %v", row, err)
			}
		})
	})
}

func TestCodes(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		fresh := func() string { // a number that may get its next code
			phone := w.Owner("Ada").Phone
			w.Wall.Advance(time.Minute)
			return phone
		}
		try := func(phone, code string) map[string]any {
			return in("phone", phone, "code", code, "newPassword", another)
		}
		t.Run("1.1: a code has six digits, and only a keyed hash of it is kept", func(t *testing.T) {
			phone := fresh()
			code := w.Code(phone, "RESET_PASSWORD")
			if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
				t.Fatalf("%q", code)
			}
			row, err := w.Portal.Store.Read().PhoneCode.Query().Where(phonecode.PurposeEQ(phonecode.PurposeRESET_PASSWORD)).Order(phonecode.ByID()).First(w.System())
			if err != nil || strings.Contains(row.CodeHash, code) || len(row.CodeHash) != 64 || strings.Contains(row.PhoneIndex, phone[3:]) {
				t.Errorf("%v %v", row, err)
			}
		})
		t.Run("1.1: a code serves at 4:59", func(t *testing.T) {
			phone := fresh()
			code := w.Code(phone, "RESET_PASSWORD")
			w.Wall.Advance(5*time.Minute - time.Second)
			w.Done(nil, reset, try(phone, code))
		})
		t.Run("1.1: a code no longer serves at 5:00", func(t *testing.T) {
			phone := fresh()
			code := w.Code(phone, "RESET_PASSWORD")
			w.Wall.Advance(5 * time.Minute)
			refused(t, w.Refused(nil, reset, try(phone, code)), "CODE_WRONG", "1.1", "input.code")
		})
		t.Run("1.1: a code serves its own purpose and number", func(t *testing.T) {
			phone, other := fresh(), fresh()
			code := w.Code(phone, "SIGN_IN")
			refused(t, w.Refused(nil, reset, try(phone, code)), "CODE_WRONG", "1.1", "input.code")
			code = w.Code(other, "RESET_PASSWORD")
			refused(t, w.Refused(nil, reset, try(phone, code)), "CODE_WRONG", "1.1", "input.code")
		})
	})
}

func TestCodesAreCounted(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		fresh := func() string { // a number that may get its next code
			phone := w.Owner("Ada").Phone
			w.Wall.Advance(time.Minute)
			return phone
		}
		try := func(phone, code string) map[string]any {
			return in("phone", phone, "code", code, "newPassword", another)
		}
		wrong := func(code string) string { return fmt.Sprintf("%c%s", '0'+(code[0]-'0'+1)%10, code[1:]) }
		t.Run("1.1: a code serves once, of twins one", func(t *testing.T) {
			phone := fresh()
			code := w.Code(phone, "RESET_PASSWORD")
			got := answers(w, 4, func(int) portaltest.Response { return w.Send(nil, reset, try(phone, code)) })
			if got[""] != 1 || got["CODE_WRONG"] != 3 {
				t.Errorf("%v", got)
			}
			refused(t, w.Refused(nil, reset, try(phone, code)), "CODE_WRONG", "1.1", "input.code")
		})
		t.Run("1.1: after four wrong tries a code serves, after five it is dead", func(t *testing.T) {
			for tries, want := range map[int]string{4: "", 5: "CODE_WRONG"} {
				phone := fresh()
				code := w.Code(phone, "RESET_PASSWORD")
				got := answers(w, tries, func(int) portaltest.Response { return w.Send(nil, reset, try(phone, wrong(code))) })
				if got["CODE_WRONG"] != tries {
					t.Fatalf("%v", got)
				}
				got = answers(w, 1, func(int) portaltest.Response { return w.Send(nil, reset, try(phone, code)) })
				if got[want] != 1 {
					t.Errorf("after %d wrong tries: %v", tries, got)
				}
			}
		})
	})
}

func TestCodeLimits(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		const phone = "+8613800770001"
		first := w.Wall.Now()
		t.Run("1.1: a number gets no second code after 59 seconds, and must wait one more", func(t *testing.T) {
			w.Code(phone, "REGISTER")
			w.Wall.Advance(59 * time.Second)
			r := w.Send(nil, askCode, ask(w, "138 0077 0001", "SIGN_IN"))
			refused(t, r.Refusals(t)[0], "CODE_LIMIT", "1.1", "")
			if got := portaltest.At(r.Data, "requestPhoneCode", "retryAfter"); fmt.Sprint(got) != "1" {
				t.Errorf("retryAfter %v", got)
			}
		})
		t.Run("1.1: of parallel flows one gets a code, after 60 seconds", func(t *testing.T) {
			w.Wall.Set(first.Add(time.Minute))
			var inputs []map[string]any
			for range 6 {
				inputs = append(inputs, ask(w, phone, "REGISTER"))
			}
			got := answers(w, 6, func(i int) portaltest.Response { return w.Send(nil, askCode, inputs[i]) })
			if got[""] != 1 || got["CODE_LIMIT"] != 5 {
				t.Errorf("%v", got)
			}
		})
		t.Run("1.1: the tenth code of a day is sent, the eleventh is not, until a day after the first", func(t *testing.T) {
			for range 8 {
				w.Wall.Advance(time.Minute)
				w.Code(phone, "REGISTER")
			}
			w.Wall.Advance(time.Minute)
			r := w.Send(nil, askCode, ask(w, phone, "REGISTER"))
			refused(t, r.Refusals(t)[0], "CODE_LIMIT", "1.1", "")
			want := first.Add(24 * time.Hour).Sub(w.Wall.Now())
			if got := portaltest.At(r.Data, "requestPhoneCode", "retryAfter"); fmt.Sprint(got) != fmt.Sprint(int(want.Seconds())) {
				t.Errorf("retryAfter %v, want %s", got, want)
			}
			w.Wall.Set(first.Add(24*time.Hour - time.Microsecond))
			refused(t, w.Refused(nil, askCode, ask(w, phone, "REGISTER")), "CODE_LIMIT", "1.1", "")
			w.Wall.Set(first.Add(24 * time.Hour))
			w.Code(phone, "REGISTER")
		})
		t.Run("1.1: a number that is none gets no code", func(t *testing.T) {
			refused(t, w.Refused(nil, askCode, ask(w, "12345", "REGISTER")), "PHONE_INVALID", "1.1", "input.phone")
		})
		t.Run("1.1: in the sandbox an address may ask more than 20 times a day", func(t *testing.T) {
			for i := range 21 {
				w.Code(fmt.Sprintf("+86138007801%02d", i), "REGISTER")
			}
		})
	})
}

func TestCodesOfAnAddress(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		t.Run("1.1: outside the sandbox an address gets 20 codes a day, over parallel flows", func(t *testing.T) {
			var serial atomic.Int64
			got := answers(w, 23, func(int) portaltest.Response {
				n := serial.Add(1)
				id, answer := captchaFixture(t, w, fmt.Sprintf("%06d", n))
				return w.Send(nil, askCode, in("phone", fmt.Sprintf("+86138006%05d", n), "purpose", "REGISTER", "captchaId", id, "captchaAnswer", answer))
			})
			if got[""] != 20 || got["CODE_LIMIT"] != 3 {
				t.Errorf("%v", got)
			}
			w.Wall.Advance(24 * time.Hour)
			id, answer := captchaFixture(t, w, "654321")
			w.Done(nil, askCode, in("phone", "+8613800699999", "purpose", "REGISTER", "captchaId", id, "captchaAnswer", answer))
		})
		t.Run("1.1: outside the sandbox neither captchas' answers nor codes are kept readably", func(t *testing.T) {
			w.Done(nil, `mutation { createCaptcha(input: {purpose: REGISTER}) { captcha { id } userErrors { code } } }`, nil)
			rows, err := w.Portal.Store.Read().Message.Query().All(w.System())
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range rows {
				if row.Channel == message.ChannelCAPTCHA || row.Code != nil && *row.Code != nil || row.Token != nil && *row.Token != nil {
					t.Fatalf("%v", row)
				}
			}
		})
	}, portaltest.NoSandbox)
}

func TestNumbersAndAddressesAreNormalised(t *testing.T) {
	for typed, want := range map[string]string{
		"13800138000": "+8613800138000", "+86 138-0013-8000": "+8613800138000", "0086 13800138000": "+8613800138000",
		"　＋８６　１３８００１３８０００": "+8613800138000", "138\u200b0013\u2060800\ufeff0": "+8613800138000", "\u202a13800138000\u202c": "+8613800138000",
		"+65 8123 4567": "+6581234567", "+1 (415) 555-2671": "+14155552671",
		"010 6552 9988": "", "12345": "", "": "", "1380013800a": "", "13800138000 ext 5": "", "call me": "", "+8613800138000000000000": "",
	} {
		if got, ok := address.NormalPhone(typed); got != want || ok != (want != "") {
			t.Errorf("1.1: %q is %q, want %q", typed, got, want)
		}
	}
	for typed, want := range map[string]string{
		"Ada@Example.COM": "ada@example.com", " ada@example.com\t": "ada@example.com", "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ": "ada@example.com",
		"a\u200bda@example.com": "ada@example.com", "ada+tag@example.com": "ada+tag@example.com",
		"ada@[192.0.2.1]": "", "ada@192.0.2.1": "", "ada@[IPv6:2001:db8::1]": "", "ada@192.1": "", "ada@1password.com": "ada@1password.com", "ada@163.com": "ada@163.com",
		"ada": "", "ada@": "", "@example.com": "", "ada@localhost": "", "a b@example.com": "", `"a b"@example.com`: "", "Ada <ada@example.com>": "",
		"ada@example.com,eve@example.com": "", "ada@example.com\r\nBcc: eve@example.com": "", strings.Repeat("a", 250) + "@b.cn": "",
	} {
		if got, ok := address.NormalEmail(typed); got != want || ok != (want != "") {
			t.Errorf("1.1: %q is %q, want %q", typed, got, want)
		}
	}
}
