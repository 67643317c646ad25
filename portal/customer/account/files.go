package account

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gocloud.dev/blob"

	"portico/clause"
	"portico/ent"
	"portico/portal/kernel/naming"
	"portico/text"
)

const (
	maxFiles    = 10
	maxFileSize = 10 << 20
	sniffed     = 512
)

// mediaTypes are the allowed types of a document, each with its file name
// extensions; the first is added to a name that has none of them.
var mediaTypes = map[string][]string{
	"application/pdf": {".pdf"},
	"image/png":       {".png"},
	"image/jpeg":      {".jpg", ".jpeg"},
}

// uploaded is a file in the bucket that has no row yet.
type uploaded struct {
	id, name, mediaType, digest, key string
	size                             int64
}

// uploads are the files of one submission; the command returns their refusal,
// so that it is audited.
type uploads struct {
	files   []uploaded
	refusal *clause.Refusal
}

var errTooLarge = errors.New("account: a file is too large")

// take streams files to the bucket. If a file isn't accepted, it sets the
// refusal and leaves nothing in the bucket.
func take(ctx context.Context, bucket *blob.Bucket, list []Upload) (uploads, error) {
	var u uploads
	refuse := func(field, zh, en string) (uploads, error) {
		u.drop(context.WithoutCancel(ctx), bucket)
		r := DocumentRefused.At(field).With("detail", clause.Text{ZH: zh, EN: en})
		return uploads{refusal: &r}, nil
	}
	if len(list) > maxFiles {
		return refuse("documents", "文件超过 10 份", "there are more than 10 files")
	}
	if len(list) > 0 && bucket == nil {
		return u, errors.New("account: no bucket to keep documents in")
	}
	for i, f := range list {
		field := "documents." + strconv.Itoa(i)
		head, mediaType, err := sniff(f.Body)
		if err != nil {
			return u, err
		}
		if mediaTypes[mediaType] == nil {
			return refuse(field, "既不是 PDF，也不是 PNG 或 JPEG", "it is not a PDF, PNG or JPEG")
		}
		file, err := stream(ctx, bucket, mediaType, io.MultiReader(bytes.NewReader(head), f.Body))
		if errors.Is(err, errTooLarge) {
			return refuse(field, "超过 10 MiB", "it is larger than 10 MiB")
		}
		if err != nil {
			u.drop(context.WithoutCancel(ctx), bucket)
			return u, err
		}
		file.name = fileName(f.Name, mediaType)
		u.files = append(u.files, file)
	}
	return u, nil
}

// sniff reads the beginning of a file and returns its media type.
func sniff(body io.Reader) (head []byte, mediaType string, err error) {
	head = make([]byte, sniffed)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", fmt.Errorf("read an upload: %w", err)
	}
	head = head[:n]
	mediaType, _, _ = strings.Cut(http.DetectContentType(head), ";")
	return head, mediaType, nil
}

// stream writes a file to the bucket, and counts and hashes it. A file that is
// too large is abandoned and leaves nothing.
func stream(ctx context.Context, bucket *blob.Bucket, mediaType string, body io.Reader) (uploaded, error) {
	f := uploaded{id: ent.NewID("docu"), mediaType: mediaType}
	f.key = "documents/" + f.id
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	w, err := bucket.NewWriter(ctx, f.key, &blob.WriterOptions{ContentType: mediaType, DisableContentTypeDetection: true})
	if err != nil {
		return f, fmt.Errorf("keep a document: %w", err)
	}
	hash := sha256.New()
	f.size, err = io.Copy(io.MultiWriter(w, hash), io.LimitReader(body, maxFileSize+1))
	if err == nil && f.size > maxFileSize {
		err = errTooLarge
	}
	if err != nil {
		giveUp() // a writer that is closed after this writes nothing
		_ = w.Close()
		return f, err
	}
	if err := w.Close(); err != nil {
		return f, fmt.Errorf("keep a document: %w", err)
	}
	f.digest = hex.EncodeToString(hash.Sum(nil))
	return f, nil
}

// anEnd matches the extension of a file's name.
var anEnd = regexp.MustCompile(`\.[A-Za-z][A-Za-z0-9]{0,9}$`)

// fileName returns a name as it is stored and shown: no folder, no control
// characters, none that change the direction of writing, at most 200
// characters, and with the extension of its detected type.
func fileName(given, mediaType string) string {
	name := trimmed(text.Clean(path.Base(strings.ReplaceAll(given, `\`, "/"))))
	ends := mediaTypes[mediaType]
	says := func() bool { return slices.Contains(ends, strings.ToLower(path.Ext(name))) }
	if !says() { // licence.pdf.hta is licence.pdf, and licence.hta is too
		name = trimmed(strings.TrimSuffix(name, anEnd.FindString(name)))
	}
	end := ""
	switch {
	case says():
		end = strings.ToLower(path.Ext(name))
		name = trimmed(name[:len(name)-len(end)])
	case len(ends) > 0:
		end = ends[0]
	}
	if name == "" || name == "/" {
		name = "document"
	}
	for utf8.RuneCountInString(name+end) > naming.Most {
		_, size := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-size]
	}
	return name + end
}

// trimmed returns a name without leading and trailing dots and spaces, which
// hide a file or are dropped by some systems.
func trimmed(name string) string { return strings.Trim(name, ". ") }

// keep writes the rows of the files, in the order in which they were sent.
func (u uploads) keep(tx *ent.Tx, accountID, subjectID string) error {
	for _, f := range u.files {
		err := tx.Document.Create().SetID(f.id).SetAccountID(accountID).SetSubjectID(subjectID).SetName(f.name).
			SetMediaType(f.mediaType).SetSize(f.size).SetDigest(f.digest).SetBlobKey(f.key).
			SetUploadedBy(tx.Principal().ID).SetUploadedAt(tx.Now).Exec(tx)
		if err != nil {
			return err
		}
	}
	return nil
}

// drop removes the files from the bucket.
func (u uploads) drop(ctx context.Context, bucket *blob.Bucket) {
	for _, f := range u.files {
		if err := bucket.Delete(ctx, f.key); err != nil {
			slog.ErrorContext(ctx, "document not deleted", "key", f.key, "error", err)
		}
	}
}
