package condition

import (
	"math"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/expr-lang/expr/types"

	"github.com/dmplens/dmplens/report"
)

// recordTypes are the names and types of the JSON record, and module.
var recordTypes = sync.OnceValue(func() types.Map {
	m := typeOf(reflect.TypeFor[report.Report]()).(types.Map)
	m[module] = types.String
	return m
})

// module is the name of the module that reports are grouped by, which is a column too.
const module = "module"

// typeOf returns the type that values of a Go type have in expressions.
func typeOf(t reflect.Type) types.Type {
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.Slice:
		return types.Array(typeOf(t.Elem()))
	case reflect.Map:
		return types.TypeOf(reflect.Zero(t).Interface())
	case reflect.Struct:
		switch t {
		case reflect.TypeFor[time.Time]():
			return types.String
		case reflect.TypeFor[report.StreamField](): // has fields of its own kind, without end
			return types.Any
		}
		m := types.Map{}
		for f := range t.Fields() {
			if name, _ := jsonName(f); name != "-" {
				m[name] = typeOf(f.Type)
			}
		}
		return m
	case reflect.String:
		return types.String
	case reflect.Bool:
		return types.Bool
	case reflect.Float64:
		return types.Float64
	}
	return types.Int
}

func jsonName(f reflect.StructField) (name string, omitEmpty bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, options == "omitempty"
}

// parts are the fields of a report by name.
var parts = sync.OnceValue(func() map[string]int {
	m := map[string]int{}
	t := reflect.TypeFor[report.Report]()
	for i := range t.NumField() {
		name, _ := jsonName(t.Field(i))
		m[name] = i
	}
	return m
})

// environment returns the parts of a report that an expression uses: a whole one can have thousands of modules.
func environment(r *report.Report, names map[string]bool) map[string]any {
	v := reflect.ValueOf(r).Elem()
	env := make(map[string]any, len(names))
	for name := range names {
		if i, ok := parts()[name]; ok {
			_, omitEmpty := jsonName(v.Type().Field(i))
			env[name] = valueOf(v.Field(i), omitEmpty)
		}
	}
	if key := r.GroupKey(module); names[module] && key != "" {
		env[module] = key
	}
	return env
}

// valueOf returns a value as expressions see it: objects are maps and lists are slices, both empty where there are none; anything else
// that the record would leave out is nil.
func valueOf(v reflect.Value, omitEmpty bool) any {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return valueOf(v.Elem(), false)
		}
		if t := v.Type().Elem(); t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]() {
			return map[string]any{}
		}
		return nil
	case reflect.Slice:
		list := make([]any, v.Len())
		for i := range list {
			list[i] = valueOf(v.Index(i), false)
		}
		return list
	case reflect.Map:
		m := make(map[string]any, v.Len())
		for key, value := range v.Seq2() {
			m[key.String()] = valueOf(value, false)
		}
		return m
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return t.UTC().Format(time.RFC3339Nano)
		}
		m := make(map[string]any, v.NumField())
		for i := range v.NumField() {
			name, omitEmpty := jsonName(v.Type().Field(i))
			if value := valueOf(v.Field(i), omitEmpty); value != nil && name != "-" {
				m[name] = value
			}
		}
		return m
	}
	switch {
	case omitEmpty && v.IsZero():
		return nil
	case v.CanInt():
		return int(v.Int())
	case v.CanUint() && v.Uint() <= math.MaxInt:
		return int(v.Uint())
	case v.CanUint():
		return float64(v.Uint())
	case v.Kind() == reflect.String:
		return v.String() // some of them have types of their own
	}
	return v.Interface()
}
