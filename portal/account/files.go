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
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gocloud.dev/blob"

	"portico/clause"
	"portico/ent"
	"portico/portal/naming"
	"portico/text"
)

const (
	maxFiles    = 10
	maxFileSize = 10 << 20
	sniffed     = 512
)

// mediaTypes are what a document may be.
var mediaTypes = []string{"application/pdf", "image/png", "image/jpeg"}

// uploaded is a file in the bucket that no row speaks of yet.
type uploaded struct {
	id, name, mediaType, digest, key string
	size                             int64
}

// uploads are the files of one submission; a refusal is told by the command, so
// that it is audited.
type uploads struct {
	files   []uploaded
	refusal *clause.Refusal
}

var errTooLarge = errors.New("account: a file is too large")

// take streams files to the bucket. What isn't taken becomes the refusal, and
// then nothing stays in the bucket.
func take(ctx context.Context, bucket *blob.Bucket, list []Upload) (uploads, error) {
	var u uploads
	refuse := func(field, zh, en string) (uploads, error) {
		u.drop(context.WithoutCancel(ctx), bucket)
		r := DocumentRefused.At(field).With("detail", clause.Text{ZH: zh, EN: en})
		return uploads{refusal: &r}, nil
	}
	if len(list) > maxFiles {
		return refuse("documents", "文件超过 10 份", "there are more than 10")
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
		if !slices.Contains(mediaTypes, mediaType) {
			return refuse(field, "既不是 PDF，也不是 PNG 或 JPEG", "it is no PDF, PNG or JPEG")
		}
		file, err := stream(ctx, bucket, mediaType, io.MultiReader(bytes.NewReader(head), f.Body))
		if errors.Is(err, errTooLarge) {
			return refuse(field, "超过 10 MiB", "it has more than 10 MiB")
		}
		if err != nil {
			u.drop(context.WithoutCancel(ctx), bucket)
			return u, err
		}
		file.name = fileName(f.Name)
		u.files = append(u.files, file)
	}
	return u, nil
}

// sniff reads the beginning of a file and tells what it is.
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

// stream writes a file to the bucket, counting and hashing it on the way; what
// is too large is given up halfway and leaves nothing.
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

// fileName is a name as it is shown again: no folder, no control characters, at
// most 200 characters.
func fileName(given string) string {
	name := text.Clean(path.Base(strings.ReplaceAll(given, `\`, "/")))
	for utf8.RuneCountInString(name) > naming.Most {
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:]
	}
	if name == "" || name == "." || name == "/" {
		return "document"
	}
	return name
}

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

// drop takes the files out of the bucket again.
func (u uploads) drop(ctx context.Context, bucket *blob.Bucket) {
	for _, f := range u.files {
		if err := bucket.Delete(ctx, f.key); err != nil {
			slog.ErrorContext(ctx, "document not deleted", "key", f.key, "error", err)
		}
	}
}
