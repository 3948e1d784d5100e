// A custody record holds together, and any touch of it shows.
using Moderation.Domain.Cases;
using Moderation.Domain.Legal;

namespace Moderation.UnitTests.Legal;

public sealed class CustodyChainTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly CaseId Case = CaseId.New(Noon);

    [Fact]
    public void Lines_chain_to_their_head()
    {
        var lines = Lines(4);

        var chain = CustodyChain.Read([.. lines.Select(l => l.Text)]).Value;

        chain.Head.ShouldBe(lines[^1].Link);
        (chain.Count, chain.Stubs).ShouldBe((4, 0));
        lines[0].Prev.ShouldBe(CustodyLine.NoLink);
    }

    [Fact]
    public void A_stub_keeps_the_chain_and_tells_nothing()
    {
        var lines = Lines(4);
        List<string> texts = [.. lines.Select(l => l.Text)];
        texts[2] = lines[2].Stub();

        var chain = CustodyChain.Read(texts).Value;

        (chain.Head, chain.Stubs).ShouldBe((lines[^1].Link, 1));
        texts[2].ShouldNotContain("analyst");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_line_that_was_changed_breaks_the_chain(int at)
    {
        List<string> texts = [.. Lines(4).Select(l => l.Text)];
        texts[at] = texts[at].Replace("triage", "appeal", StringComparison.Ordinal);

        CustodyChain.Read(texts).Refusal!.Code.ShouldBe("export.custody-broken");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_line_that_was_taken_out_breaks_the_chain(int at)
    {
        List<string> texts = [.. Lines(4).Select(l => l.Text)];
        texts.RemoveAt(at);

        CustodyChain.Read(texts).Refusal.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void The_first_and_the_last_line_are_never_stubs(int at)
    {
        var lines = Lines(4);
        List<string> texts = [.. lines.Select(l => l.Text)];
        texts[at] = lines[at].Stub();

        CustodyChain.Read(texts).Refusal.ShouldNotBeNull();
    }

    [Fact]
    public void The_record_never_goes_back_in_time()
    {
        var first = CustodyLine.After(null, Case, "TS-2026-000001", Act(Noon));

        var second = CustodyLine.After(first, Case, "TS-2026-000001", Act(Noon.AddMinutes(-5)));

        second.At.ShouldBe(Noon);
        second.Text.ShouldContain("\"at\":\"2026-11-24T12:00:00.000Z\"");
    }

    [Fact]
    public void A_line_touches_only_what_it_names()
    {
        var line = CustodyLine.After(null, Case, "TS-2026-000001", Act(Noon));

        line.TouchesOnly(new HashSet<string> { Digest }).ShouldBeTrue();
        line.TouchesOnly(new HashSet<string>()).ShouldBeFalse();
    }

    // RFC 9562, appendix A.4.
    [Fact]
    public void Version_5_ids_are_those_of_the_standard() =>
        NameUuid
            .Of(Guid.Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com")
            .ShouldBe(Guid.Parse("2ed6657d-e927-568b-95e1-2665a8aea6a2"));

    private static readonly string Digest = new('a', 64);

    private static List<CustodyLine> Lines(int count)
    {
        List<CustodyLine> lines = [];
        for (var i = 0; i < count; i++)
            lines.Add(CustodyLine.After(lines.LastOrDefault(), Case, "TS-2026-000001", Act(Noon.AddSeconds(i))));
        return lines;
    }

    private static CustodyAct Act(DateTimeOffset at) =>
        new()
        {
            Entry = Guid.CreateVersion7(at),
            At = at,
            Action = "opened",
            Actor = "analyst:4c1b7f02",
            ActorRole = "analyst",
            Authority = "policy:triage",
            Reason = "triage",
            Evidence = [new CustodyItem("E0001", null, Digest)],
            Tool = "test/1",
        };
}
