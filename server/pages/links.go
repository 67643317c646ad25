package pages

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"html/template"
	"net/http"

	"portico/authz"
	"portico/clause"
	"portico/portal"
	"portico/portal/access/identity"
	"portico/portal/access/staff"
	"portico/portal/kernel/outbox"
)

//go:embed links.html
var linksHTML string

var linksTemplate = template.Must(template.New("links").Parse(linksHTML))

// linked holds what the page of a link shows.
type linked struct {
	ZH bool
	// State is "ask", "done" or "refused" for verifying an address, "undo" or
	// "undone" for undoing its change, and "invitation" for an invitation.
	State, Token, Refusal string
	Preview               *staff.InvitationPreview
	Roles                 []string
	Expires, ExpiresISO   string
}

// Links returns the handler of the plain pages that links in messages lead to if no
// frontend is configured. Opening a page changes nothing, since mail programs open links
// automatically; the button on the page verifies the address, or
// undoes its change.
func Links(p *portal.Portal) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+outbox.PagesPath+"/"+outbox.EmailPage, func(w http.ResponseWriter, r *http.Request) {
		showLinked(w, r, http.StatusOK, linked{State: "ask", Token: r.URL.Query().Get("token")})
	})
	mux.HandleFunc("POST "+outbox.PagesPath+"/"+outbox.EmailPage, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		_, err := identity.VerifyEmail(asVisitor(r), p.Store, identity.VerifyEmailInput{Token: r.PostFormValue("token")})
		answerLinked(w, r, linked{State: "done"}, err)
	})
	mux.HandleFunc("GET "+outbox.PagesPath+"/"+outbox.UndoEmailPage, func(w http.ResponseWriter, r *http.Request) {
		showLinked(w, r, http.StatusOK, linked{State: "undo", Token: r.URL.Query().Get("token")})
	})
	mux.HandleFunc("POST "+outbox.PagesPath+"/"+outbox.UndoEmailPage, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 16<<10)
		_, err := identity.UndoEmailChange(asVisitor(r), p.Store, identity.UndoEmailChangeInput{Token: r.PostFormValue("token")})
		answerLinked(w, r, linked{State: "undone"}, err)
	})
	mux.HandleFunc("GET "+outbox.PagesPath+"/"+outbox.InvitationPage, func(w http.ResponseWriter, r *http.Request) {
		token := r.URL.Query().Get("token")
		preview, err := staff.PreviewInvitation(asVisitor(r), p.Store, token)
		if err == nil && preview == nil {
			err = staff.InvitationInvalid
		}
		l := linked{State: "invitation", Token: token, Preview: preview}
		if preview != nil {
			for _, role := range preview.Roles {
				l.Roles = append(l.Roles, staff.RoleName(role).In(language(r), nil))
			}
			l.Expires, l.ExpiresISO = moment(preview.ExpiresAt, language(r))
		}
		answerLinked(w, r, l, err)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

// asVisitor returns the context of a page's request as a visitor's: a page never acts
// for a signed-in sender.
func asVisitor(r *http.Request) context.Context {
	p := authz.From(r.Context())
	visitor := authz.Nobody(p.Address, p.Agent)
	visitor.Correlation = p.Correlation
	return authz.With(r.Context(), visitor)
}

// answerLinked shows a page, or the refusal or error that prevents it.
func answerLinked(w http.ResponseWriter, r *http.Request, l linked, err error) {
	var refusal clause.Refusal
	switch {
	case errors.As(err, &refusal):
		showLinked(w, r, http.StatusUnprocessableEntity, linked{State: "refused", Refusal: refusal.Message(language(r))})
	case err != nil:
		broke(w, r, "page of a link", "The page can't be shown now.", err)
	default:
		showLinked(w, r, http.StatusOK, l)
	}
}

func showLinked(w http.ResponseWriter, r *http.Request, status int, l linked) {
	l.ZH = language(r) == clause.ZH
	var page bytes.Buffer
	if err := linksTemplate.Execute(&page, l); err != nil {
		http.Error(w, "The page can't be shown now.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store") // the address holds a token
	h.Set("Vary", "Accept-Language")
	h.Set("Referrer-Policy", "same-origin") // with none, browsers send the form without its origin
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}
