// A few seconds of the fuzz programme in every run of the suite; docs/fuzzing.md records the long ones.
using Moderation.Fuzz;

namespace Moderation.UnitTests.Evidence;

public class FuzzTests
{
    [Fact]
    public void Bent_inputs_are_refused_by_every_reader_and_never_a_fault()
    {
        var report = new Run(seed: 3, workers: 2).Alone(
            Places.Vectors,
            30_000,
            InAMinute,
            TimeProvider.System,
            _ => { }
        );

        report.Findings.ShouldBeEmpty();
        report.Executions.ShouldBe(30_000);
        // It reaches behind signatures: the checks that stand after them speak up too.
        report.Verdicts.Keys.ShouldContain("signed-regions evb1.descriptor-invalid");
        report.Verdicts.Keys.ShouldContain("signed-manifest evb1.recipients-malformed");
        report.Verdicts.Keys.ShouldContain("bundle evb1.segment-hash");
    }

    [Fact]
    public void CSharp_and_JavaScript_give_the_same_verdict_on_bent_inputs()
    {
        var evidenceJs = Path.Combine(Places.Top, "src", "evidence-js");

        var report = new Run(seed: 4, workers: 1).Differential(
            Places.Vectors,
            evidenceJs,
            5_000,
            InAMinute,
            TimeProvider.System,
            _ => { }
        );

        report.Findings.ShouldBeEmpty();
        report.Compared.ShouldBe(5_000);
    }

    private static DateTimeOffset InAMinute => TimeProvider.System.GetUtcNow().AddMinutes(1);
}
