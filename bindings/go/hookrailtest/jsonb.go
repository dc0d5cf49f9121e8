//go:build cgo

package hookrailtest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The limits of PostgreSQL's numeric, in which jsonb keeps numbers: digits before and after the decimal point. It
// refuses exponents from exponentEnd on without reading them.
const (
	maxIntegerDigits  = 131_072
	maxFractionDigits = 16_383
	exponentEnd       = (1<<31 - 1) / 2
)

// The reasons why valid JSON cannot become jsonb, so that the service cannot record it.
var (
	errNUL       = errors.New("the payload holds \\u0000, which jsonb cannot store")
	errSurrogate = errors.New("the payload holds an unpaired UTF-16 surrogate, which jsonb cannot store")
	errNotUTF8   = errors.New("the payload is not UTF-8")
	errNumber    = errors.New("the payload holds a number outside the range of numeric")
)

// normalise returns a payload, one valid JSON value, as PostgreSQL prints it from a column of type jsonb, which is the
// form that the service delivers: members are sorted, duplicates removed, and numbers spelled out.
func normalise(payload []byte) ([]byte, error) {
	if !utf8.Valid(payload) {
		return nil, errNotUTF8
	}
	n := normaliser{in: string(payload)}
	stored, err := n.value()
	return []byte(stored), err
}

// normaliser reads valid JSON from an offset.
type normaliser struct {
	in string
	at int
}

// next skips white space, commas and colons, and returns the next byte.
func (n *normaliser) next() byte {
	for strings.IndexByte(" \t\r\n,:", n.in[n.at]) >= 0 {
		n.at++
	}
	return n.in[n.at]
}

func (n *normaliser) value() (string, error) {
	switch n.next() {
	case '{':
		return n.object()
	case '[':
		return n.array()
	case '"':
		text, err := n.text()
		return quote(text), err
	}
	end := strings.IndexAny(n.in[n.at:], " \t\r\n,]}")
	if end < 0 {
		end = len(n.in) - n.at
	}
	token := n.in[n.at : n.at+end]
	n.at += end
	if token == "true" || token == "false" || token == "null" {
		return token, nil
	}
	return number(token)
}

func (n *normaliser) array() (string, error) {
	var items []string
	for n.at++; n.next() != ']'; {
		item, err := n.value()
		if err != nil {
			return "", err
		}
		items = append(items, item)
	}
	n.at++
	return "[" + strings.Join(items, ", ") + "]", nil
}

func (n *normaliser) object() (string, error) {
	members := make(map[string]string)
	for n.at++; n.next() != '}'; {
		name, err := n.text()
		if err != nil {
			return "", err
		}
		// Of duplicates the last one stays.
		if members[name], err = n.value(); err != nil {
			return "", err
		}
	}
	n.at++
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	// By length first, then by bytes.
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = quote(name) + ": " + members[name]
	}
	return "{" + strings.Join(names, ", ") + "}", nil
}

// text reads a string and decodes its escapes.
func (n *normaliser) text() (string, error) {
	var text strings.Builder
	for n.at++; n.in[n.at] != '"'; {
		if n.in[n.at] != '\\' {
			text.WriteByte(n.in[n.at])
			n.at++
			continue
		}
		escape := n.in[n.at+1]
		if escape != 'u' {
			if place := strings.IndexByte("bfnrt", escape); place >= 0 {
				escape = "\b\f\n\r\t"[place]
			}
			text.WriteByte(escape)
			n.at += 2
			continue
		}
		char := n.unit()
		if utf16.IsSurrogate(char) {
			if !strings.HasPrefix(n.in[n.at:], `\u`) {
				return "", errSurrogate
			}
			if char = utf16.DecodeRune(char, n.unit()); char == utf8.RuneError {
				return "", errSurrogate
			}
		}
		if char == 0 {
			return "", errNUL
		}
		text.WriteRune(char)
	}
	n.at++
	return text.String(), nil
}

// unit reads an escape of the form \uXXXX.
func (n *normaliser) unit() rune {
	unit, _ := strconv.ParseUint(n.in[n.at+2:n.at+6], 16, 16)
	n.at += 6
	return rune(unit)
}

// quote writes a string like PostgreSQL, with only the escapes that JSON requires.
func quote(text string) string {
	const hex = "0123456789abcdef"
	var quoted strings.Builder
	quoted.WriteByte('"')
	for i := 0; i < len(text); i++ {
		char := text[i]
		place := strings.IndexByte("\b\f\n\r\t\"\\", char)
		switch {
		case place >= 0:
			quoted.WriteByte('\\')
			quoted.WriteByte(`bfnrt"\`[place])
		case char < ' ':
			quoted.WriteString(`\u00`)
			quoted.WriteByte(hex[char>>4])
			quoted.WriteByte(hex[char&15])
		default:
			quoted.WriteByte(char)
		}
	}
	quoted.WriteByte('"')
	return quoted.String()
}

// number writes a JSON number as numeric prints it: no exponent, the trailing zeros of the fraction kept.
func number(token string) (string, error) {
	unsigned, negative := strings.CutPrefix(token, "-")
	mantissa, exponentText := unsigned, "0"
	if place := strings.IndexAny(unsigned, "eE"); place >= 0 {
		mantissa, exponentText = unsigned[:place], unsigned[place+1:]
	}
	exponent, err := strconv.Atoi(exponentText)
	if err != nil || exponent >= exponentEnd || exponent <= -exponentEnd {
		return "", errNumber
	}
	integer, fraction, _ := strings.Cut(mantissa, ".")
	scale := max(len(fraction)-exponent, 0)
	if scale > maxFractionDigits {
		return "", errNumber
	}
	digits := integer + fraction
	significant := strings.TrimLeft(digits, "0")
	if significant == "" {
		return withPoint("0", strings.Repeat("0", scale)), nil
	}
	// The position of the decimal point, counted from the first significant digit.
	point := len(integer) + exponent - (len(digits) - len(significant))
	if point > maxIntegerDigits {
		return "", errNumber
	}
	var magnitude string
	switch {
	case point <= 0:
		magnitude = withPoint("0", strings.Repeat("0", -point)+significant)
	case point >= len(significant):
		magnitude = withPoint(significant+strings.Repeat("0", point-len(significant)), strings.Repeat("0", scale))
	default:
		magnitude = withPoint(significant[:point], significant[point:])
	}
	if negative {
		magnitude = "-" + magnitude
	}
	return magnitude, nil
}

func withPoint(integer, fraction string) string {
	if fraction == "" {
		return integer
	}
	return integer + "." + fraction
}
