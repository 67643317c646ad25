package notice

import "portico/ent"

func Wake(s *ent.Store) {}
