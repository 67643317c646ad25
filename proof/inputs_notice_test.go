package proof_test

import (
	"strings"
	"time"
)

// The wrong inputs of notices; see TestWrongInputs.
func init() {
	at := func(kind string, ahead time.Duration) func(*stage, input) {
		return func(s *stage, in input) {
			in["kind"], in["effectiveAt"] = kind, s.Portal.Store.Now().Add(ahead).Format(time.RFC3339Nano)
		}
	}
	both := func(fields ...any) func(*stage, input) {
		return func(_ *stage, in input) {
			for i := 0; i < len(fields); i += 2 {
				in[fields[i].(string)] = fields[i+1]
			}
		}
	}
	wrongs = append(wrongs,
		wrong{"notice: maintenance in 23:59:59", "publishNotice", "NOTICE_TOO_LATE", "9.3", at("MAINTENANCE", 24*time.Hour-time.Second), nil},
		wrong{"notice: maintenance without a date", "publishNotice", "NOTICE_EFFECTIVE_AT_NEEDED", "9.3", set("kind", "MAINTENANCE"), nil},
		wrong{"notice: a migration on day 29", "publishNotice", "NOTICE_TOO_LATE", "9.4", at("MIGRATION", 29*24*time.Hour), nil},
		wrong{"notice: a migration without a date", "publishNotice", "NOTICE_EFFECTIVE_AT_NEEDED", "9.4", set("kind", "MIGRATION"), nil},
		wrong{"notice: the end of an SDK in 28 days", "publishNotice", "NOTICE_TOO_LATE", "5.5", at("SDK_RETIREMENT", 28*24*time.Hour), nil},
		wrong{"notice: the end of an SDK, not in-site", "publishNotice", "NOTICE_IN_SITE_NEEDED", "5.5", both("kind", "SDK_RETIREMENT", "channels", []any{"EMAIL"}), nil},
		wrong{"notice: of the terms", "publishNotice", "NOTICE_KIND_RESERVED", "0", set("kind", "TERMS"), nil},
		wrong{"notice: of arrears", "publishNotice", "NOTICE_KIND_RESERVED", "3.8", set("kind", "BILLING"), nil},
		wrong{"notice: in the past", "publishNotice", "INVALID_INPUT", "", at("GENERAL", -time.Second), nil},
		wrong{"notice: for nobody", "publishNotice", "INVALID_INPUT", "", set("audience", input{}), nil},
		wrong{"notice: for nobody's account", "publishNotice", "NOT_FOUND", "", func(_ *stage, in input) {
			in["audience"], in["channels"] = input{"accountIds": []any{unknownID("acct")}}, []any{"IN_SITE"}
		}, nil},
		wrong{"notice: for users of nothing", "publishNotice", "NOT_FOUND", "", both("audience", input{"productCodes": []any{"fax"}}, "channels", []any{"IN_SITE"}), nil},
		wrong{"notice: for some, and public", "publishNotice", "INVALID_INPUT", "", set("audience", input{"productCodes": []any{"im"}}), nil},
		wrong{"notice: by no way", "publishNotice", "INVALID_INPUT", "", set("channels", []any{}), nil},
		wrong{"notice: no title", "publishNotice", "INVALID_INPUT", "", set("title", "\n"), nil},
		wrong{"notice: 20,001 characters", "publishNotice", "INVALID_INPUT", "", set("body", strings.Repeat("字", 20_001)), nil},
		wrong{"read: unknown notice", "markNoticesRead", "NOT_FOUND", "", func(_ *stage, in input) { in["noticeIds"] = []any{unknownID("ntce")} }, nil},
		wrong{"read: another's notice", "markNoticesRead", "NOT_FOUND", "", func(s *stage, in input) { in["noticeIds"] = []any{s.b.notice()} }, nil},
		wrong{"read: for another's account", "markNoticesRead", "NOT_FOUND", "", func(s *stage, in input) { in["accountId"] = s.b.account }, func(s *stage) *side { return s.a }},
		wrong{"read: nothing", "markNoticesRead", "INVALID_INPUT", "", set("noticeIds", []any{}), nil},
	)
}
