package server

import (
	"context"
	"fmt"
	"path/filepath"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
)

// openFiles opens the bucket that uploaded files are kept in: by its URL, or
// the folder files in the data folder, readable by Portico alone. It serves
// until the process ends.
func openFiles(ctx context.Context, c Config) (*blob.Bucket, error) {
	if c.Blobs != "" {
		bucket, err := blob.OpenBucket(ctx, c.Blobs)
		if err != nil {
			return nil, wrong("blobs", err.Error())
		}
		return bucket, nil
	}
	folder := filepath.Join(c.Data, "files")
	bucket, err := fileblob.OpenBucket(folder, &fileblob.Options{CreateDir: true, DirFileMode: 0o700, NoTempDir: true})
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", folder, err)
	}
	return bucket, nil
}
