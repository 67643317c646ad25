package invoice

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/holding"
	"portico/ent/db/invoice"
	"portico/ent/db/legalentity"
	"portico/money"
	"portico/portal/customer/account"
	"portico/portal/customer/account/number"
	"portico/portal/kernel/address"
	"portico/text"
)

// The columns that are sealed.
const (
	emailColumn  = "invoice.delivery_email"
	numberColumn = "invoice.tax_number"
)

// wanted is a checked request.
type wanted struct {
	title, taxNumber, email string
	amount                  money.Amount
}

// checked validates and normalises a request.
func checked(tx *ent.Tx, in RequestInvoiceInput) (wanted, error) {
	var w wanted
	var check clause.Check
	var err error
	w.amount, err = amountOf(tx, in)
	check.Add(err)
	var ok bool
	if w.email, ok = address.NormalEmail(in.DeliveryEmail); !ok {
		check.Add(clause.InvalidField("deliveryEmail", "须为有效的电子邮箱地址", "must be an e-mail address"))
	}
	open, err := tx.Holding.Query().Where(holding.OpenKey(in.AccountID)).Only(tx)
	if err != nil {
		return w, err // an account that isn't verified was refused before (5.2)
	}
	entity, err := tx.LegalEntity.Get(tx, open.LegalEntityID)
	if err != nil {
		return w, err
	}
	if w.title = entity.Name; text.Fold(in.Title) != text.Fold(entity.Name) {
		check.Add(TitleMismatch.At("title").With("accountId", in.AccountID).WithFor(authz.VerificationRead, "title", entity.Name))
	}
	mainland := slices.Contains([]legalentity.Kind{legalentity.KindMAINLAND_COMPANY, legalentity.KindMAINLAND_ORGANISATION}, entity.Kind)
	if in.Kind == invoice.KindSPECIAL_VAT && !mainland {
		check.Add(SpecialRefused.At("kind").With("accountId", in.AccountID))
	}
	w.taxNumber, err = taxNumber(tx, in.TaxNumber, entity, mainland)
	check.Add(err)
	return w, check.Err()
}

// taxNumber returns the number of the title, with which the legal entity was
// verified. It first checks the check digit of a different number that a
// mainland organisation gives.
func taxNumber(tx *ent.Tx, given string, entity *db.LegalEntity, mainland bool) (string, error) {
	registered, err := account.EntityNumber(tx.Store(), entity)
	if err != nil || number.Normalise(given) == registered { // also if a reviewer overruled its check digit
		return registered, err
	}
	if mainland {
		if _, err := number.CreditCode(given); err != nil {
			return "", TaxNumberInvalid.At("taxNumber").With("detail", wrong(err))
		}
	}
	return "", TaxNumberMismatch.At("taxNumber")
}

// wrong describes an error of a credit code in both languages, without the
// code.
func wrong(err error) clause.Text {
	switch {
	case errors.Is(err, number.ErrLength):
		return clause.Text{ZH: "应为 18 位", EN: "it must have 18 characters"}
	case errors.Is(err, number.ErrCheckDigit):
		return clause.Text{ZH: "校验码不符，请核对是否误填", EN: "the check digit doesn't match; check for typing errors"}
	}
	return clause.Text{ZH: "含有无效字符", EN: "it contains an invalid character"}
}

// amountOf returns an amount in the account's currency, more than zero.
func amountOf(tx *ent.Tx, in RequestInvoiceInput) (money.Amount, error) {
	row, err := tx.Account.Get(tx, in.AccountID)
	if err != nil {
		return money.Amount{}, err
	}
	if c := row.Currency; in.Amount.Currency.String() != c {
		return money.Amount{}, clause.InvalidField("amount.currency", "须为账户币种 "+c, "must be the account's currency "+c)
	}
	amount, err := in.Amount.Exact()
	if err != nil || amount.Sign() <= 0 {
		return money.Amount{}, clause.InvalidField("amount.amount", "须大于 0，且小数位数不超过该币种的规定", "must be more than 0, with no more decimals than the currency has")
	}
	return amount, nil
}

// printable refuses texts with a character that no loaded font has.
func printable(p *Printer, field string, texts ...string) error {
	missing := p.missing(texts...)
	if len(missing) == 0 {
		return nil
	}
	points := make([]string, len(missing))
	for i, r := range missing {
		points[i] = fmt.Sprintf("U+%04X", r)
	}
	refusal := CharacterMissing.With("codePoints", strings.Join(points, ", "))
	if field != "" {
		refusal = refusal.At(field)
	}
	return refusal
}
