package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/clause"
)

// Uploads holds the limits of multipart requests. A field that is zero takes its default.
type Uploads struct {
	// Files is the maximum number of files, and of places in the variables for them.
	// Default 10.
	Files int
	// FileBytes is the maximum size of one file, in bytes. Default 10 MiB.
	FileBytes int64
	// TotalBytes is the maximum size of the whole body, in bytes. Default 32 MiB.
	TotalBytes int64
	// HeldBytes is the maximum size, in bytes, of all unanswered bodies of one
	// principal, AddressBytes of one network address, AllBytes of all senders together.
	// Each body counts with its announced length, or with TotalBytes if it is unknown.
	// Defaults are 64 MiB, 128 MiB and 1 GiB.
	HeldBytes, AddressBytes, AllBytes int64
	// Dir is the folder of files larger than 64 KiB, which are removed with the answer.
	// Default is the system's temporary folder.
	Dir  string
	held *held
}

func (u *Uploads) withDefaults() *Uploads {
	full := *u
	if full.Files <= 0 {
		full.Files = 10
	}
	if full.FileBytes <= 0 {
		full.FileBytes = 10 << 20
	}
	if full.TotalBytes <= 0 {
		full.TotalBytes = 32 << 20
	}
	if full.HeldBytes <= 0 {
		full.HeldBytes = 64 << 20
	}
	if full.AddressBytes <= 0 {
		full.AddressBytes = 128 << 20
	}
	if full.AllBytes <= 0 {
		full.AllBytes = 1 << 30
	}
	full.held = &held{of: map[string]int64{}}
	return &full
}

// held counts the bytes of unanswered bodies: in total, of each principal and of each
// address.
type held struct {
	mu  sync.Mutex
	all int64
	of  map[string]int64
}

// reserve counts the bytes of a body until free is called; false if a limit is reached.
func (u *Uploads) reserve(p *authz.Principal, bytes int64) (free func(), ok bool) {
	who, network := string(p.Kind)+" "+p.ID, "address "+p.Network()
	h := u.held
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.all+bytes > u.AllBytes || h.of[who]+bytes > u.HeldBytes || h.of[network]+bytes > u.AddressBytes {
		return nil, false
	}
	h.add(bytes, who, network)
	return sync.OnceFunc(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.add(-bytes, who, network)
	}), true
}

func (h *held) add(bytes int64, names ...string) {
	h.all += bytes
	for _, name := range names {
		if h.of[name] += bytes; h.of[name] == 0 {
			delete(h.of, name)
		}
	}
}

// retryUpload is the number of seconds after which a sender whose bodies have reached a
// limit may try again.
const retryUpload = 5

// admit checks a body before anything of it is read: the sender must be signed in, the
// body must not be too long, and the limits of unanswered bodies must allow it.
func (x *exchange) admit() *fault {
	u, p := x.h.cfg.Uploads, authz.From(x.r.Context())
	if !p.SignedIn() {
		return &fault{status: http.StatusUnauthorized, refusal: clause.Unauthenticated}
	}
	if x.r.ContentLength > u.TotalBytes {
		return tooLarge(u.TotalBytes)
	}
	length := x.r.ContentLength
	if length < 0 {
		length = u.TotalBytes
	}
	free, ok := u.reserve(p, length)
	if !ok {
		return &fault{status: http.StatusTooManyRequests, refusal: clause.Throttled.With("retryAfter", retryUpload)}
	}
	x.cleanup = append(x.cleanup, free)
	return nil
}

const (
	mapBytes    = 64 << 10
	memoryBytes = 64 << 10
	pathParts   = 16
)

// preflight holds headers that a browser sends to another site only after it has asked
// that site (a CORS preflight). An upload must have one of them.
var preflight = []string{"Graphql-Preflight", "Apollo-Require-Preflight", "X-Requested-With"}

func (x *exchange) sameSite() *fault {
	if x.h.cfg.Origins.Check(x.r) != nil {
		return &fault{status: http.StatusForbidden, refusal: CrossOrigin}
	}
	for _, name := range preflight {
		if x.r.Header.Get(name) != "" {
			return nil
		}
	}
	return &fault{status: http.StatusBadRequest, refusal: PreflightMissing}
}

// readMultipart reads a request of the GraphQL multipart request convention: a part
// "operations", a part "map", then the files that the map names. The sender must be
// signed in.
func (x *exchange) readMultipart() (*params, *fault) {
	if f := x.sameSite(); f != nil {
		return nil, f
	}
	if f := x.admit(); f != nil {
		return nil, f
	}
	u := x.h.cfg.Uploads
	x.r.Body = http.MaxBytesReader(x.w, x.r.Body, u.TotalBytes)
	parts, err := x.r.MultipartReader()
	if err != nil {
		return nil, malformed(text("multipart 正文缺少分隔标记。", "the multipart body has no boundary."))
	}
	operations, f := x.part(parts, "operations", x.bodyLimit())
	if f != nil {
		return nil, f
	}
	p, f := decode(operations, x.bodyLimit())
	if f != nil {
		return nil, f
	}
	mapped, f := x.part(parts, "map", mapBytes)
	if f != nil {
		return nil, f
	}
	places, f := readMap(mapped, p.Variables, u.Files)
	if f != nil {
		return nil, f
	}
	return p, x.files(parts, places)
}

// part reads the whole next part, which must have the name.
func (x *exchange) part(parts *multipart.Reader, name string, limit int64) ([]byte, *fault) {
	part, err := parts.NextPart()
	if err != nil {
		return nil, x.broken(err)
	}
	if part.FormName() != name {
		return nil, malformed(text("multipart 各部分须依次为 operations、map、文件。", "the parts must be operations, map, then the files."))
	}
	if _, options, err := mime.ParseMediaType(part.Header.Get("Content-Type")); err == nil && !utf8Only(options) {
		return nil, &fault{status: http.StatusUnsupportedMediaType, refusal: MediaTypeUnknown}
	}
	data, err := io.ReadAll(io.LimitReader(part, limit+1))
	switch {
	case err != nil:
		return nil, x.broken(err)
	case int64(len(data)) > limit:
		return nil, tooLarge(limit)
	}
	return data, nil
}

func (x *exchange) broken(err error) *fault {
	if errors.Is(err, io.EOF) {
		return malformed(text("multipart 正文不完整。", "the multipart body is not complete."))
	}
	return unread(err, x.h.cfg.Uploads.TotalBytes)
}

// place puts a file into its place in the variables.
type place func(graphql.Upload)

// readMap checks every path against the variables before any file is read. Each path must
// lead to a null value there, and no two paths to the same one.
func readMap(data []byte, variables map[string]any, most int) (map[string][]place, *fault) {
	if f := checkJSON(data, 0); f != nil {
		return nil, f
	}
	var paths map[string][]string
	if err := unmarshal(data, &paths); err != nil {
		return nil, malformed(wrongJSON("map", err))
	}
	places := make(map[string][]place, len(paths))
	taken := map[string]bool{}
	for key, list := range paths {
		if key == "" || len(list) == 0 {
			return nil, malformed(text("map 中有空的键或空的路径列表。", "map has an empty key or an empty list of paths."))
		}
		for _, path := range list {
			if len(taken) == most {
				return nil, tooMany(most)
			}
			p := locate(variables, path)
			if p == nil || taken[path] {
				return nil, malformed(text("map 的路径须各自指向 variables 中一个值为 null 的位置。", "each path in map must lead to a different null value in variables."))
			}
			taken[path] = true
			places[key] = append(places[key], p)
		}
	}
	return places, nil
}

func tooMany(files int) *fault {
	return &fault{status: http.StatusRequestEntityTooLarge,
		refusal: UploadTooLarge.With("what", text("文件数", "files,")).With("limit", files)}
}

// locate follows a path such as variables.input.documents.0; nil if it doesn't
// lead to a null.
func locate(variables map[string]any, path string) place {
	parts := strings.Split(path, ".")
	if len(parts) < 2 || len(parts) > pathParts || parts[0] != "variables" {
		return nil
	}
	var at any = variables
	var put place
	for _, name := range parts[1:] {
		switch in := at.(type) {
		case map[string]any:
			v, ok := in[name]
			if !ok {
				return nil
			}
			at, put = v, func(u graphql.Upload) { in[name] = u }
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(in) || strconv.Itoa(i) != name {
				return nil
			}
			at, put = in[i], func(u graphql.Upload) { in[i] = u }
		default:
			return nil
		}
	}
	if at != nil {
		return nil
	}
	return put
}

// files reads the files and puts each into its places by the map.
func (x *exchange) files(parts *multipart.Reader, places map[string][]place) *fault {
	for len(places) > 0 {
		part, err := parts.NextPart()
		if err != nil {
			return x.broken(err)
		}
		if !utf8.ValidString(part.FileName()) {
			return malformed(text("文件名须为 UTF-8 文本。", "the name of a file must be UTF-8 text."))
		}
		where, wanted := places[part.FormName()]
		if !wanted {
			return malformed(text("有文件未在 map 中列出，或重复出现。", "a file is not in map, or comes twice."))
		}
		delete(places, part.FormName())
		content, size, f := x.spool(part)
		if f != nil {
			return f
		}
		for _, put := range where {
			put(graphql.Upload{
				File: io.NewSectionReader(content, 0, size), Size: size,
				Filename: part.FileName(), ContentType: part.Header.Get("Content-Type"),
			})
		}
	}
	if _, err := parts.NextPart(); !errors.Is(err, io.EOF) {
		return malformed(text("有文件未在 map 中列出，或重复出现。", "a file is not in map, or comes twice."))
	}
	return nil
}

// spool reads one file completely: a small one into memory, a larger one into a temporary
// file that is removed with the answer.
func (x *exchange) spool(part io.Reader) (io.ReaderAt, int64, *fault) {
	limit := x.h.cfg.Uploads.FileBytes
	part = io.LimitReader(part, limit+1)
	head, err := io.ReadAll(io.LimitReader(part, memoryBytes))
	if err != nil {
		return nil, 0, x.broken(err)
	}
	if len(head) < memoryBytes {
		return x.sized(bytes.NewReader(head), int64(len(head)))
	}
	file, err := os.CreateTemp(x.h.cfg.Uploads.Dir, "portico-upload-*")
	if err != nil {
		panic(fmt.Errorf("transport: no room for an upload: %w", err))
	}
	x.cleanup = append(x.cleanup, func() {
		_ = file.Close()
		_ = os.Remove(file.Name())
	})
	size, err := io.Copy(file, io.MultiReader(bytes.NewReader(head), part))
	if _, disk := errors.AsType[*os.PathError](err); disk {
		panic(fmt.Errorf("transport: no room for an upload: %w", err))
	}
	if err != nil {
		return nil, 0, x.broken(err)
	}
	return x.sized(file, size)
}

func (x *exchange) sized(content io.ReaderAt, size int64) (io.ReaderAt, int64, *fault) {
	if limit := x.h.cfg.Uploads.FileBytes; size > limit {
		return nil, 0, &fault{status: http.StatusRequestEntityTooLarge,
			refusal: UploadTooLarge.With("what", text("单个文件字节数", "bytes a file,")).With("limit", limit)}
	}
	return content, size, nil
}
