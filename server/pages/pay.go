package pages

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/topup"
	"portico/money"
	"portico/portal"
	"portico/portal/finance/payment"
)

//go:embed pay.html
var payHTML string

var payTemplate = template.Must(template.New("pay").Parse(payHTML))

// bill holds what the page shows.
type bill struct {
	ZH                                bool
	Amount, Currency, Reference, Name string
	// State is open, paid, waiting, returned or expired.
	State string
	// Refusal is the reason for which the form was refused.
	Refusal string
}

// Cashier returns the handler of the payment page of the channel SANDBOX at
// /sandbox/pay/{topUpId}. Everyone with the address can pay, under any name, as on the
// page of a real channel. The page then sends the notification of a payment, as any
// channel does. It exists only in the sandbox.
func Cashier(p *portal.Portal) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/pay/{topUpId}", func(w http.ResponseWriter, r *http.Request) {
		t, err := payment.Bill(r.Context(), p.Store, r.PathValue("topUpId"))
		showBill(w, r, http.StatusOK, t, err, nil)
	})
	mux.HandleFunc("POST /sandbox/pay/{topUpId}", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		t, err := payment.Bill(r.Context(), p.Store, r.PathValue("topUpId"))
		if err != nil {
			showBill(w, r, http.StatusOK, nil, err, nil)
			return
		}
		err = payment.Deliver(r.Context(), p.Store, payment.Completion{TopUpID: t.ID, PayerName: r.PostFormValue("payerName")})
		var refusal clause.Refusal
		switch {
		case errors.As(err, &refusal):
			showBill(w, r, http.StatusUnprocessableEntity, t, nil, &refusal)
		case err != nil:
			showBill(w, r, http.StatusInternalServerError, nil, err, nil)
		default: // reloading the next page doesn't pay again
			http.Redirect(w, r, r.URL.Path, http.StatusSeeOther)
		}
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func showBill(w http.ResponseWriter, r *http.Request, status int, t *db.TopUp, err error, refusal *clause.Refusal) {
	if errors.Is(err, clause.NotFound) {
		http.NotFound(w, r)
		return
	}
	if err != nil {
		broke(w, r, "sandbox page", "The payment can't be taken now.", err)
		return
	}
	lang := language(r)
	b := bill{ZH: lang == clause.ZH, Amount: money.New(t.AmountMinor, money.Currency(t.Currency)).String(), Currency: t.Currency,
		Reference: t.PaymentReference, State: stateOf(t)}
	if refusal != nil {
		b.Refusal, b.Name = refusal.Message(lang), r.PostFormValue("payerName")
	}
	var page bytes.Buffer
	if err := payTemplate.Execute(&page, b); err != nil {
		http.Error(w, "The page can't be shown now.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Vary", "Accept-Language")
	h.Set("Referrer-Policy", "same-origin") // with none, browsers send the form without its origin
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

func stateOf(t *db.TopUp) string {
	switch t.Status {
	case topup.StatusCREDITED:
		return "paid"
	case topup.StatusSUSPENSE:
		return "waiting"
	case topup.StatusRETURNED:
		return "returned"
	case topup.StatusEXPIRED:
		return "expired"
	}
	return "open"
}
