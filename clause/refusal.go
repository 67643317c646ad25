package clause

import (
	"fmt"
	"maps"
	"strings"
)

// Class describes whose fault a refusal is, and so where it is returned.
type Class uint8

const (
	// ByRule is a refusal by the business rules: a clause, a limit, a wrong
	// value. A mutation returns it in userErrors, a query in the top-level
	// errors.
	ByRule Class = iota
	// ByProgram is a fault of the calling program: not signed in, a missing
	// role, a malformed or throttled request. It is always a top-level error
	// and is never stored for replay.
	ByProgram
	// Internal is a fault of Portico. Its cause is logged and never shown.
	Internal
)

// Remedy describes what would lift a refusal: in words, and, if a single
// operation of the API would do it, by the operation's name and as much of its
// input as is known.
type Remedy struct {
	Text Text
	// Plain replaces Text for a reader who may not see a parameter that Text
	// contains.
	Plain     Text
	Operation string
	Input     map[string]any
}

// Refusal is the one error type of Portico. A refusal is declared once with
// [Declare], in the unit that it belongs to, and is used as a value:
//
//	return NoFunds.At("planId").With("missing", missing)
//
// Two refusals are the same error if they have the same code ([errors.Is]);
// texts are never compared. Code is stable and public (enum ErrorCode of the
// API).
type Refusal struct {
	Code   string
	Clause Ref
	Class  Class
	Text   Text
	// Plain replaces Text for a reader who may not see a parameter that Text
	// contains, see [Refusal.WithFor].
	Plain  Text
	Remedy *Remedy
	// Carries names parameters that are returned as data although no text
	// contains them.
	Carries []string
	// Field is the path of the offending input, outermost element first:
	// ["input", "planId"].
	Field []string
	// Params fill the braces of the texts, and are part of a stored answer.
	Params map[string]any
	cause  error
}

var declared = map[string]Refusal{}

// Declare registers a refusal under its code and returns it. It panics at
// program start if the code is already used or the text is missing in either
// language.
func Declare(r Refusal) Refusal {
	if r.Code == "" || r.Text.ZH == "" || r.Text.EN == "" {
		panic("clause: refusal " + r.Code + " lacks a code or a text")
	}
	if _, ok := declared[r.Code]; ok {
		panic("clause: refusal " + r.Code + " is declared twice")
	}
	declared[r.Code] = r
	return r
}

// Declared returns the refusal that was declared with a code. It is used to
// read stored answers.
func Declared(code string) (Refusal, bool) {
	r, ok := declared[code]
	return r, ok
}

// All returns a copy of the declared refusals, by code.
func All() map[string]Refusal { return maps.Clone(declared) }

// Error returns the text for logs. [Refusal.Message] returns the text for a
// caller.
func (r Refusal) Error() string {
	s := r.Code
	if r.Clause != "" {
		s += " (clause " + string(r.Clause) + ")"
	}
	if len(r.Field) > 0 {
		s += " at " + strings.Join(r.Field, ".")
	}
	if len(r.Params) > 0 {
		s += fmt.Sprintf(" %v", r.Params)
	}
	if r.cause != nil {
		s += ": " + r.cause.Error()
	}
	return s
}

// Is reports whether the target is a refusal with the same code.
func (r Refusal) Is(target error) bool {
	t, ok := target.(Refusal)
	return ok && t.Code == r.Code
}

// Unwrap returns the cause, which is only for logs.
func (r Refusal) Unwrap() error { return r.cause }

// At sets the input that the refusal is about, as a path below the field's
// argument `input`: At("lines.0.planId") sets ["input","lines","0","planId"].
func (r Refusal) At(path string) Refusal {
	r.Field = append([]string{"input"}, strings.Split(path, ".")...)
	return r
}

// With adds a parameter for the texts and for the input of the remedy.
func (r Refusal) With(name string, value any) Refusal {
	p := make(map[string]any, len(r.Params)+1)
	maps.Copy(p, r.Params)
	p[name] = value
	r.Params = p
	return r
}

// By replaces the clause. It is for a refusal that is used for several clauses:
// a restriction of standing carries the clause that caused it.
func (r Refusal) By(c Ref) Refusal {
	r.Clause = c
	return r
}

// Lift replaces the remedy.
func (r Refusal) Lift(remedy Remedy) Refusal {
	r.Remedy = &remedy
	return r
}

// Because attaches a cause that is logged and never shown.
func (r Refusal) Because(err error) Refusal {
	r.cause = err
	return r
}

// Message returns the text for a reader, in the given language.
func (r Refusal) Message(l Lang) string {
	if r.Plain.EN != "" && r.hides(r.Text) {
		return r.Plain.In(l, r.Params)
	}
	return r.Text.In(l, r.Params)
}

// In returns the text in a language with its parameters filled in. Each is
// filled in once: braces within a value stay. A parameter that is a Text is
// rendered in the same language, with the other parameters.
func (t Text) In(l Lang, params map[string]any) string {
	s := t.EN
	if l == ZH {
		s = t.ZH
	}
	if !strings.Contains(s, "{") {
		return s
	}
	var pairs []string
	for name, v := range params {
		if !strings.Contains(s, "{"+name+"}") {
			continue
		}
		if inner, ok := v.(Text); ok {
			others := maps.Clone(params)
			delete(others, name)
			v = inner.In(l, others)
		}
		pairs = append(pairs, "{"+name+"}", say(v))
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Saying replaces the text, if the code is used for a special reason. A stored
// answer doesn't keep the new text, so it is only for refusals that are never
// stored.
func (r Refusal) Saying(zh, en string) Refusal {
	r.Text = Text{zh, en}
	return r
}

// The refusals that don't belong to a unit.
var (
	Unauthenticated = Declare(Refusal{Code: "UNAUTHENTICATED", Class: ByProgram,
		Text:   Text{"请先登录：未提供有效的访问令牌，或令牌已过期。", "Sign in first: the access token is missing, invalid or expired."},
		Remedy: &Remedy{Text: Text{"登录，或用刷新令牌换取新的访问令牌。", "Sign in, or exchange the refresh token for a new access token."}, Operation: "signIn"}})
	Forbidden = Declare(Refusal{Code: "FORBIDDEN", Class: ByProgram,
		Text:   Text{"您的角色没有此权限：{permission}。", "None of your roles gives this permission: {permission}."},
		Remedy: &Remedy{Text: Text{"请账户的所有者或管理员授予含此权限的角色。", "Ask the owner or an administrator of the account for a role that has this permission."}}})
	// OnlySelf is FORBIDDEN for everyone except the person that a field is
	// about.
	OnlySelf = Forbidden.Saying("此内容只对本人开放。", "Only the person concerned can see or do this.").
			Lift(Remedy{Text: Text{"请由本人登录后操作。", "The person concerned must sign in."}})
	// OnlySystem is FORBIDDEN for everyone: only Portico's own jobs and
	// commands do it.
	OnlySystem = Forbidden.Saying("此操作只能由系统的命令行执行。", "Only the command line of the installation can do this.").
			Lift(Remedy{Text: Text{"请在服务器上以 portico 命令执行。", "Run the portico command on the server."}})
	Throttled = Declare(Refusal{Code: "THROTTLED", Class: ByProgram, Clause: "5.4",
		Text:   Text{"请求过于频繁，请在 {retryAfter} 秒后重试。", "Too many requests; try again in {retryAfter} seconds."},
		Remedy: &Remedy{Text: Text{"等待后重试。", "Wait, then send the request again."}}})
	Broken = Declare(Refusal{Code: "INTERNAL", Class: Internal,
		Text:   Text{"服务内部错误，参考编号 {correlationId}。", "An internal error occurred; the reference is {correlationId}."},
		Remedy: &Remedy{Text: Text{"稍后重试；若仍出现，请提供参考编号联系我们。", "Try again later. If the error persists, contact us with the reference."}}})
	// Timeout is returned if a request isn't answered in time. It isn't known
	// whether the operation was done.
	Timeout = Declare(Refusal{Code: "TIMEOUT", Class: Internal,
		Text:   Text{"服务未能及时响应，请在 {retryAfter} 秒后重试，参考编号 {correlationId}。所请求的操作可能已经完成，也可能没有。", "The service did not answer in time; try again in {retryAfter} seconds. The reference is {correlationId}. The operation may or may not have been done."},
		Remedy: &Remedy{Text: Text{"等待后重新发送；变更操作请使用同一幂等键。", "Wait, then send the request again; use the same idempotency key for a mutation."}}})
	Malformed = Declare(Refusal{Code: "BAD_REQUEST", Class: ByProgram,
		Text: Text{"请求格式有误：{detail}", "The request is malformed: {detail}"}})
	NotFound = Declare(Refusal{Code: "NOT_FOUND",
		Text: Text{"没有找到该对象，或它不属于您的账户。", "The object does not exist, or it does not belong to your account."}})
	Invalid = Declare(Refusal{Code: "INVALID_INPUT",
		Text: Text{"输入值无效：{detail}", "The value is not valid: {detail}"}})
	KeyReused = Declare(Refusal{Code: "IDEMPOTENCY_CONFLICT",
		Text:   Text{"该幂等键已用于另一个不同的输入。", "This idempotency key was already used with a different input."},
		Remedy: &Remedy{Text: Text{"为新的请求使用新的键。", "Use a new key for a new request."}}})
	KeyRefused = Declare(Refusal{Code: "IDEMPOTENCY_NOT_SUPPORTED", Class: ByProgram,
		Text: Text{"此操作不接受幂等键：其结果含密钥，或调用者未登录。", "This operation does not accept an idempotency key: its answer contains secrets, or the caller is not signed in."}})
)

// InvalidField returns INVALID_INPUT for a field. The texts describe a valid
// value in both languages.
func InvalidField(field, zh, en string) Refusal {
	return Invalid.At(field).With("detail", Text{ZH: zh, EN: en})
}

// Answer is embedded in the payload of every mutation. It carries the refusals,
// if any.
type Answer struct {
	// UserErrors are the refusals; empty if the mutation succeeded.
	UserErrors []Refusal
}

// Refuse adds a refusal.
func (a *Answer) Refuse(r Refusal) { a.UserErrors = append(a.UserErrors, r) }
