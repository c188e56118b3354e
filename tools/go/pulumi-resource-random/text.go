package main

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// class is a set of characters with the input that allows it and the input that demands a least number of them.
type class struct{ allow, atLeast, characters string }

func classesOf(inputs resource.PropertyMap) []class {
	special := "!@#$%&*()-_=+[]{}<>:?"
	if v, ok := inputs["overrideSpecial"]; ok && v.IsString() && v.StringValue() != "" {
		special = v.StringValue()
	}
	return []class{
		{"lower", "minLower", "abcdefghijklmnopqrstuvwxyz"},
		{"upper", "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		{"numeric", "minNumeric", "0123456789"},
		{"special", "minSpecial", special},
	}
}

// withDefaults returns the inputs with the real provider's defaults: every class allowed, none demanded.
func withDefaults(inputs resource.PropertyMap) resource.PropertyMap {
	all := inputs.Copy()
	if v, ok := all["number"]; ok && !all.HasValue("numeric") { // the old name of "numeric"
		all["numeric"] = v
	}
	for _, c := range classesOf(inputs) {
		if !all.HasValue(resource.PropertyKey(c.allow)) {
			all[resource.PropertyKey(c.allow)] = resource.NewProperty(true)
		}
		if !all.HasValue(resource.PropertyKey(c.atLeast)) {
			all[resource.PropertyKey(c.atLeast)] = resource.NewProperty(0.0)
		}
	}
	all["number"] = all["numeric"]
	return all
}

// problem says what is wrong with complete inputs and at which property, or returns "" twice. Unknown values pass.
func problem(inputs resource.PropertyMap) (property, reason string) {
	if inputs.ContainsUnknowns() {
		return "", ""
	}
	if length, ok := inputs["length"]; !ok || !length.IsNumber() || length.NumberValue() < 1 {
		return "length", "expected a whole number of at least 1"
	}
	demanded, allowed := 0.0, false
	for _, c := range classesOf(inputs) {
		allow, atLeast := inputs[resource.PropertyKey(c.allow)], inputs[resource.PropertyKey(c.atLeast)]
		if !allow.IsBool() {
			return c.allow, "expected true or false"
		}
		if !atLeast.IsNumber() {
			return c.atLeast, "expected a whole number"
		}
		allowed = allowed || allow.BoolValue()
		demanded += atLeast.NumberValue()
	}
	if demanded > inputs["length"].NumberValue() {
		return "length", fmt.Sprintf("expected at least %.0f, the sum of the least numbers demanded", demanded)
	}
	if !allowed && demanded < inputs["length"].NumberValue() {
		return "length", "no class of characters is allowed to fill it"
	}
	return "", ""
}

// generate makes a text for inputs in which problem found none.
func generate(inputs resource.PropertyMap) (string, error) {
	text, alphabet := []rune{}, ""
	draw := func(from string, count int) error {
		runes := []rune(from)
		for range count {
			i, err := rand.Int(rand.Reader, big.NewInt(int64(len(runes))))
			if err != nil {
				return err
			}
			text = append(text, runes[i.Int64()])
		}
		return nil
	}
	for _, c := range classesOf(inputs) {
		if inputs[resource.PropertyKey(c.allow)].BoolValue() {
			alphabet += c.characters
		}
		if err := draw(c.characters, int(inputs[resource.PropertyKey(c.atLeast)].NumberValue())); err != nil {
			return "", err
		}
	}
	if err := draw(alphabet, int(inputs["length"].NumberValue())-len(text)); err != nil {
		return "", err
	}
	// The demanded characters stand first: shuffle (Fisher and Yates).
	for i := len(text) - 1; i > 0; i-- {
		j, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			return "", err
		}
		text[i], text[j.Int64()] = text[j.Int64()], text[i]
	}
	return string(text), nil
}
