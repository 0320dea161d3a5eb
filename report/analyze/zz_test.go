package analyze
import ("testing";"bytes";"fmt";"github.com/dmplens/dmplens/dmpfile/dmptest")
func TestZZ(t *testing.T){
 for _, s := range dmptest.Samples() { 
 for _,p:=range []int{40,55,70,85,100}{
  for _, k := range []string{"random","stale"} {
  from := len(s.Data)*p/100
  fmt.Printf("%s %s %d%% from %#x of %#x\n", s.Name,k,p,from,len(s.Data))
  b := append(bytes.Clone(s.Data[:from]), others[k](s.Data[:from], len(s.Data)-from)...)
  r:=analyzedBy(t,Analyzer{},b)
  fmt.Println("   =>", r.Verdict)
 }}}
}
