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

// Uploads bounds what one multipart request may carry. A field that is zero
// takes its default.
type Uploads struct {
	// Files is how many files, and places for them. Default 10.
	Files int
	// FileBytes is the size of one file, in bytes. Default 10 MiB.
	FileBytes int64
	// TotalBytes is the size of the whole body, in bytes. Default 32 MiB.
	TotalBytes int64
	// HeldBytes is how many bytes of bodies one principal may have under way at
	// once, AddressBytes one network address, AllBytes everybody together; each
	// body counts as long as it is announced, or may be, until it is answered.
	// Defaults are 64 MiB, 128 MiB and 1 GiB.
	HeldBytes, AddressBytes, AllBytes int64
	// Dir is where files larger than 64 KiB wait while they are read; they are
	// removed with the answer. Default is the system's temporary folder.
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

// held counts the bytes of the bodies under way: in all, of each principal and
// of each address.
type held struct {
	mu  sync.Mutex
	all int64
	of  map[string]int64
}

// reserve takes room for a body, or reports that there is none; free gives it
// back.
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

// retryUpload is after how many seconds somebody whose bodies leave no room for
// another may try again.
const retryUpload = 5

// admit lets a body in before anything of it is read: it is somebody's who is
// signed in, it isn't too long, and there is room for it until it is answered.
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

// preflight names the headers, any of which a browser doesn't send to another
// site without asking that site first.
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

// readMultipart reads the GraphQL multipart request convention: a part
// "operations", a part "map", then the files that the map names. For who is
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

// part reads the next part, which must have the name, whole.
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

// place is where a file goes in the variables.
type place func(graphql.Upload)

// readMap checks every path against the variables before any file is read: it
// must lead to a null there, and no two to the same one.
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
				return nil, malformed(text("map 的路径须各自指向 variables 中一个值为 null 的位置。", "each path of map must lead to a null of its own in variables."))
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

// files reads the files and puts each where the map says.
func (x *exchange) files(parts *multipart.Reader, places map[string][]place) *fault {
	for len(places) > 0 {
		part, err := parts.NextPart()
		if err != nil {
			return x.broken(err)
		}
		if !utf8.ValidString(part.FileName()) {
			return malformed(text("文件名须为 UTF-8 文本。", "the name of a file must be text in UTF-8."))
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

// spool reads one file to its end: a small one into memory, a larger one into a
// temporary file that goes with the answer.
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
