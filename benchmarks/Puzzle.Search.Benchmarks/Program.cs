using System.Globalization;
using Puzzle.Benchmarks;
using Puzzle.Search;
using Puzzle.Search.Interchange;

// usage: dotnet run -c Release -- [--library block_library.json] [--exact-only] [demo] [scale] [frontier] [diverse] [batch] [tuning]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
List<string> sections = [.. args];
SearchProblem? demo = null;
int option = sections.IndexOf("--library");
if (option >= 0)
{
    demo = BlockLibraryFile.Read(sections[option + 1]).ToProblem("kl_div");
    sections.RemoveRange(option, 2);
}
Measure.ExactOnly = sections.Remove("--exact-only");
bool All(string section) => sections.Count == 0 || sections.Contains(section);

Console.WriteLine("All times are processor time in milliseconds, in one process (cbc: its own process), interleaved.");
if (All("demo") && demo is not null)
    SolveBenchmarks.Demo(demo);
if (All("scale"))
    SolveBenchmarks.Scale();
if (All("frontier"))
    SweepBenchmarks.Frontiers(demo);
if (All("batch"))
    SweepBenchmarks.Batches();
if (sections.Contains("tuning"))
    TuningBenchmark.Run(demo);
if (All("diverse") && demo is not null)
    DiverseBenchmark.Run(demo);
