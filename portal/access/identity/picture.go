package identity

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"

	captchas "github.com/dchest/captcha"
)

// The picture has two colours, so that neither identifies the digits: the lines
// across the digits are as dark and as wide as the digits, and lines as light
// as the background cut through both.
const (
	pictureWidth, pictureHeight = 320, 106
	drawn                       = 1.5 // the scale at which the digits are drawn first
	strokes, cuts               = 2, 2
	specks                      = pictureWidth * pictureHeight / 90
)

const (
	ground uint8 = iota
	ink
)

type canvas struct{ *image.Paletted }

// draw makes a picture of digits, as a data URL of a PNG.
func draw(digits []byte) (string, error) {
	raw := captchas.NewImage("portico", digits, pictureWidth*drawn, pictureHeight*drawn)
	tone := uint8(rand.IntN(80))
	c := canvas{image.NewPaletted(image.Rect(0, 0, pictureWidth, pictureHeight), color.Palette{color.Gray{Y: 225 + uint8(rand.IntN(30))}, color.Gray{Y: tone}})}
	c.warp(raw.Paletted)
	for range strokes {
		c.stroke(ink, 1.2+rand.Float64()*0.6)
	}
	for range cuts {
		c.stroke(ground, 0.6+rand.Float64()*0.5)
	}
	for range specks {
		x, y := rand.IntN(pictureWidth), rand.IntN(pictureHeight)
		c.SetColorIndex(x, y, ink-c.ColorIndexAt(x, y))
	}
	var out bytes.Buffer
	if err := png.Encode(&out, c.Paletted); err != nil {
		return "", err
	}
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(out.Bytes()), nil
}

// warp copies the drawn digits, regardless of colour, along two waves.
func (c canvas) warp(from *image.Paletted) {
	wave := func() (float64, float64, float64) {
		return 1.5 + rand.Float64()*2, 2 * math.Pi / (25 + rand.Float64()*30), rand.Float64() * 2 * math.Pi
	}
	ax, fx, px := wave()
	ay, fy, py := wave()
	for x := range pictureWidth {
		for y := range pictureHeight {
			u := int(math.Round(drawn * (float64(x) + ax*math.Sin(float64(y)*fx+px))))
			v := int(math.Round(drawn * (float64(y) + ay*math.Sin(float64(x)*fy+py))))
			if image.Pt(u, v).In(from.Rect) && from.ColorIndexAt(u, v) != 0 {
				c.SetColorIndex(x, y, ink)
			}
		}
	}
}

// stroke draws a curve from side to side, at the height of the digits.
func (c canvas) stroke(colour uint8, radius float64) {
	height := func() float64 { return pictureHeight * (0.15 + 0.7*rand.Float64()) }
	y0, y1, y2, y3 := height(), height()*1.6-20, height()*1.6-20, height()
	const steps = 2 * pictureWidth
	for i := range steps {
		t := float64(i) / steps
		s := 1 - t
		x := t * pictureWidth
		y := s*s*s*y0 + 3*s*s*t*y1 + 3*s*t*t*y2 + t*t*t*y3
		for u := math.Floor(x - radius); u <= x+radius; u++ {
			for v := math.Floor(y - radius); v <= y+radius; v++ {
				if (u-x)*(u-x)+(v-y)*(v-y) <= radius*radius && image.Pt(int(u), int(v)).In(c.Rect) {
					c.SetColorIndex(int(u), int(v), colour)
				}
			}
		}
	}
}
