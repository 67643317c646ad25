package graph

//go:generate sh -c "cd .. && go run ./cmd/codes"
//go:generate sh -c "cd .. && go run ./cmd/inline"
//go:generate sh -c "cd .. && go run ./cmd/schema"
