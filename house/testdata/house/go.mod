module portico

go 1.26

require entgo.io/ent v0.0.0

replace entgo.io/ent => ./entgo
