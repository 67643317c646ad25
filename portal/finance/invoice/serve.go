package invoice

import (
	"context"
	"log/slog"
	"net/http"

	"portico/authz"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/invoice"
	"portico/portal/kernel/command"
	"portico/portal/kernel/filelink"
)

// Path is the path for [Serve], with the id as the last element: "GET
// /invoices/{id}".
const Path = "/invoices/"

// Link returns a link to an invoice's document (PDF). Anybody who has the link
// can open the document as the context's principal, for ten minutes. Nil until
// the invoice is issued.
func Link(ctx context.Context, s *ent.Store, row *db.Invoice) *string {
	if row.Status != invoice.StatusISSUED {
		return nil
	}
	l := filelink.To(ctx, s, Path, row.ID)
	return &l
}

// Serve serves the document of a [Link] as an attachment, while the principal
// of the link has invoice:read. An operator's access is recorded first (6.2).
// It answers 404 for a link that wasn't made here, and for an invoice that
// isn't issued or out of reach; 410 after the link's expiry or the session's
// end; and 429 while another invoice is being printed for the same principal.
func Serve(s *ent.Store, p *Printer) http.Handler {
	return filelink.Handler(s, Path, func(w http.ResponseWriter, r *http.Request, id string) (int, error) {
		ctx := r.Context()
		row, err := s.Read().Invoice.Query().Where(invoice.ID(id), invoice.StatusEQ(invoice.StatusISSUED)).Only(ctx)
		switch {
		case db.IsNotFound(err):
			return http.StatusNotFound, nil
		case err != nil:
			return http.StatusInternalServerError, err
		case !authz.From(ctx).Allows(authz.InvoiceRead, authz.On(row.AccountID), s.Now()):
			return http.StatusNotFound, nil
		}
		who := authz.From(ctx).ID
		if _, prints := p.printing.LoadOrStore(who, true); prints { // one at a time for each principal
			return http.StatusTooManyRequests, nil
		}
		defer p.printing.Delete(who)
		content, err := contentOf(ctx, s, s.Read(), row)
		if err != nil {
			return http.StatusInternalServerError, err
		}
		document, err := p.printed(ctx, content)
		if err != nil {
			return http.StatusInternalServerError, err
		}
		if err := command.Opened(ctx, s, []db.Node{row}); err != nil {
			return http.StatusInternalServerError, err
		}
		filelink.Attachment(w.Header(), "application/pdf", int64(len(document)), *row.Number+".pdf")
		if _, err := w.Write(document); err != nil {
			slog.InfoContext(ctx, "invoice not sent to its end", "invoice", row.ID, "error", err)
		}
		return http.StatusOK, nil
	})
}
