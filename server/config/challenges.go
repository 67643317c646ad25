package config

import (
	"fmt"

	"portico/ent"
	"portico/ent/db/captcha"
	"portico/portal/access/identity"
)

// challenges returns the captchas that the settings offer.
func (c *Config) challenges() (func(*ent.Store) identity.Challenges, error) {
	kinds := make([]captcha.Kind, len(c.Captchas))
	for i, k := range c.Captchas {
		kinds[i] = captcha.Kind(k)
		if captcha.KindValidator(kinds[i]) != nil {
			return nil, Wrong("captchas", "want PICTURE, PROOF_OF_WORK or both")
		}
	}
	difficulty := c.CaptchaDifficulty
	if difficulty == 0 {
		difficulty = identity.Difficulty
	}
	if difficulty < identity.LeastDifficulty || difficulty > identity.MostDifficulty {
		return nil, Wrong("captcha-difficulty", fmt.Sprintf("want %d to %d bits", identity.LeastDifficulty, identity.MostDifficulty))
	}
	return func(s *ent.Store) identity.Challenges { return identity.BuiltIn(s, difficulty, kinds...) }, nil
}
