package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gocloud.dev/blob"
	"golang.org/x/text/language"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/account"
	"portico/ent/db/verification"
	"portico/portal/customer/account/number"
	"portico/portal/kernel/command"
	"portico/portal/kernel/naming"
	"portico/portal/kernel/param"
)

const (
	// numberColumn and entityNumberColumn are the columns that numbers are sealed
	// for.
	numberColumn       = "verification.registration_number"
	entityNumberColumn = "legal_entity.registration_number"
	// numberDomain is the domain of the blind index by which a legal entity is
	// unique.
	numberDomain = "legal_entity.number"

	mainland  = "CN"
	maxNumber = 50
)

// subject is the entity that asks to be accepted, as it is stored.
type subject struct {
	kind                  verification.Kind
	name, country, number string
	// warning is for the reviewer, empty for none.
	warning Warning
}

// index returns the blind index of country and number, by which a legal entity
// is unique (1.3).
func (s subject) index(store *ent.Store) string {
	return store.Index(numberDomain, s.country+"|"+s.number)
}

// SubmitVerification asks for acceptance as a customer (5.2). For principals
// with VERIFICATION_SUBMIT on the account. A mainland number is checked by its
// check digit; others are free, 1 to 50 characters. A check digit that doesn't
// match is left to the reviewer, with a warning, if such numbers are known or
// the customer confirms it (ConfirmsNumber). Refusals: INVALID_INPUT,
// REGISTRATION_NUMBER_INVALID and DOCUMENT_REFUSED at the field;
// LEGAL_ENTITY_FIXED once the account is verified (1.3), except for a new name
// of the same legal entity, which is a rename (1.1; NAME_UNCHANGED for its
// present name); VERIFICATION_PENDING while another is pending. The files go to
// the bucket; those of a refused submission are removed.
func SubmitVerification(ctx context.Context, s *ent.Store, files *blob.Bucket, in SubmitVerificationInput) (*SubmitVerificationPayload, error) {
	c := command.Command{Name: "submitVerification", Permission: authz.VerificationSubmit, Object: in.AccountID, Field: "accountId", Input: in}
	var batch uploads
	if authz.From(ctx).Allows(authz.VerificationSubmit, authz.On(in.AccountID), s.Now()) { // otherwise the command refuses
		var err error
		if batch, err = take(ctx, files, in.Documents); err != nil {
			return nil, err
		}
	}
	used := false
	payload, err := command.Do(ctx, s, c, func(tx *command.Tx) (*SubmitVerificationPayload, error) {
		used = false
		if batch.refusal != nil {
			return nil, *batch.refusal
		}
		v, err := submit(tx, in)
		if err != nil {
			return nil, err
		}
		if err := batch.keep(tx.Tx, in.AccountID, v.ID); err != nil {
			return nil, err
		}
		used = true
		return &SubmitVerificationPayload{Verification: v}, nil
	})
	if err != nil || !used { // refused, failed, or a replayed answer
		batch.drop(context.WithoutCancel(ctx), files)
	}
	return payload, err
}

func submit(tx *command.Tx, in SubmitVerificationInput) (*db.Verification, error) {
	who, err := checked(tx.Tx, in)
	if err != nil {
		return nil, err
	}
	// The account's row is locked, so that no approval can come in between.
	n, err := tx.Account.Update().Where(account.ID(in.AccountID), account.StatusEQ(account.StatusPENDING)).
		SetStatus(account.StatusPENDING).Save(tx)
	if err != nil {
		return nil, err
	}
	purpose, err := purposeOf(tx.Tx, in.AccountID, who)
	if err != nil {
		return nil, err
	}
	if n == 0 && purpose == verification.PurposeADMISSION {
		return nil, LegalEntityFixed.At("accountId")
	}
	waiting, err := tx.Verification.Query().Where(verification.PendingKey(in.AccountID)).Exist(tx)
	if err != nil {
		return nil, err
	}
	if waiting {
		return nil, VerificationPending.At("accountId")
	}
	sealed, err := tx.Store().Seal(numberColumn, who.number)
	if err != nil {
		return nil, err
	}
	v, err := tx.Verification.Create().SetAccountID(in.AccountID).SetPurpose(purpose).SetKind(who.kind).SetLegalName(who.name).
		SetCountry(who.country).SetRegistrationNumber(sealed).SetNumberIndex(who.index(tx.Store())).
		SetNillableNumberWarning(who.warning.kept()).SetStatus(verification.StatusPENDING).SetSubmittedBy(tx.Principal().ID).SetSubmittedAt(tx.Now).
		SetPendingKey(in.AccountID).Save(tx)
	if ent.IsDuplicate(err) { // submitted concurrently
		return nil, ent.ErrStale
	}
	if err != nil {
		return nil, err
	}
	tx.AuditObject(in.AccountID, v.ID)
	return v, nil
}

// checked normalises the input, and refuses what isn't valid.
func checked(tx *ent.Tx, in SubmitVerificationInput) (subject, error) {
	who := subject{kind: in.Kind, country: strings.ToUpper(strings.TrimSpace(in.Country))}
	var check clause.Check
	var err error
	if who.name, err = naming.Registered("legalName", in.LegalName); err != nil {
		check.Add(err)
	}
	mainlands := in.Kind == verification.KindMAINLAND_COMPANY || in.Kind == verification.KindMAINLAND_ORGANISATION
	switch {
	case !isCountry(who.country):
		check.Add(clause.InvalidField("country", "应为 ISO 3166-1 的两位字母代码", "must be a two-letter code of ISO 3166-1"))
	case mainlands && who.country != mainland:
		check.Add(clause.InvalidField("country", "境内主体的国家应为 CN", "must be CN for a mainland entity"))
	case in.Kind == verification.KindFOREIGN_ENTITY && who.country == mainland:
		check.Add(clause.InvalidField("country", "境外主体的国家不能是 CN", "must not be CN for an entity outside the mainland"))
	}
	switch {
	case mainlands:
		who.number, err = number.CreditCode(in.RegistrationNumber)
	case in.Kind == verification.KindNATURAL_PERSON && who.country == mainland:
		today, e := today(tx, in.AccountID)
		if e != nil {
			return who, e
		}
		who.number, err = number.ResidentID(in.RegistrationNumber, today)
	default:
		who.number = number.Normalise(in.RegistrationNumber)
		if n := utf8.RuneCountInString(who.number); n == 0 || n > maxNumber || strings.ContainsFunc(who.number, unicode.IsControl) {
			err = errFree
		}
	}
	if errors.Is(err, number.ErrCheckDigit) && who.number != "" { // a reviewer may overrule it
		switch {
		case who.kind != verification.KindNATURAL_PERSON && number.KnownWrong(who.number):
			who.warning, err = CheckDigitKnownWrong, nil
		case in.ConfirmsNumber:
			who.warning, err = CheckDigitConfirmed, nil
		default:
			check.Add(RegistrationNumberInvalid.At("registrationNumber").With("detail", wrong(err)).Lift(confirm(in, who)))
			return who, check.Err()
		}
	}
	if err != nil {
		check.Add(RegistrationNumberInvalid.At("registrationNumber").With("detail", wrong(err)))
	}
	return who, check.Err()
}

// confirm returns the remedy of a check digit that doesn't match: the same
// submission, with the declaration. A person's number isn't repeated.
func confirm(in SubmitVerificationInput, who subject) clause.Remedy {
	input := map[string]any{"accountId": in.AccountID, "kind": string(in.Kind), "legalName": who.name, "country": who.country, "confirmsNumber": true}
	if who.kind != verification.KindNATURAL_PERSON {
		input["registrationNumber"] = who.number
	}
	return clause.Remedy{Operation: "submitVerification", Input: input, Text: clause.Text{
		ZH: "请对照证照核对后重新填写；若证照上确实如此印刷，请声明号码无误（confirmsNumber）后重新提交，由人工审核。",
		EN: "Check it against the certificate and enter it again. If the certificate shows this number, submit it again with confirmsNumber to declare that; a person reviews it."}}
}

// today is the date in the zone of the account's agreement.
func today(tx *ent.Tx, accountID string) (calendar.Date, error) {
	a, err := param.Of(tx, tx.Override, accountID, tx.Now)
	return a.Zone().Day(tx.Now), err
}

var errFree = errors.New("account: a number has 1 to 50 characters")

// wrong describes in both languages what is wrong with a number, without
// repeating it.
func wrong(err error) clause.Text {
	switch {
	case errors.Is(err, number.ErrLength):
		return clause.Text{ZH: "应为 18 位", EN: "it must have 18 characters"}
	case errors.Is(err, number.ErrCharacter):
		return clause.Text{ZH: "含有不允许的字符", EN: "it contains a character that is not allowed"}
	case errors.Is(err, number.ErrCheckDigit):
		return clause.Text{ZH: "校验码不符，可能有误写", EN: "the check digit does not match; it may be mistyped"}
	case errors.Is(err, number.ErrBirthDate):
		return clause.Text{ZH: "其中的出生日期无效", EN: "its date of birth is not valid"}
	case errors.Is(err, number.ErrRegion):
		return clause.Text{ZH: "其中的地区代码不存在", EN: "its region code does not exist"}
	}
	return clause.Text{ZH: fmt.Sprintf("应为 1 至 %d 个字符", maxNumber), EN: fmt.Sprintf("it must have 1 to %d characters", maxNumber)}
}

// isCountry reports whether a code is one of ISO 3166-1 alpha-2 in use.
func isCountry(code string) bool {
	r, err := language.ParseRegion(code)
	return len(code) == 2 && err == nil && r.IsCountry() && r.Canonicalize() == r && r.String() == code
}
