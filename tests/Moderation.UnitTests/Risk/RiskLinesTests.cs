// The lines that `risk classify-email` and `risk classify-ip` print.
using System.Text;
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class RiskLinesTests
{
    [Fact]
    public void The_example_of_the_specification_comes_out_character_by_character() =>
        RiskLines
            .ClassifyEmail(RiskTestData.Snapshot, "mx.Mailinator.com.")
            .ShouldBe(
                """{"input":"mx.Mailinator.com.","signals":[{"id":"email.disposable.curated","source":"disposable-curated@2026-07-22","matched":"mailinator.com"}],"unknown":["email.mx_cluster"]}"""
            );

    [Theory]
    [InlineData("co.uk", "public_suffix")]
    [InlineData("a..b", "malformed")]
    public void A_mail_line_that_cannot_be_read_says_why(string line, string error) =>
        RiskLines
            .ClassifyEmail(RiskTestData.Snapshot, line)
            .ShouldBe($$"""{"input":"{{line}}","signals":[],"unknown":[],"error":"{{error}}"}""");

    [Fact]
    public void A_class_that_only_a_vendor_names_is_unknown_and_an_unroutable_address_has_nothing_else()
    {
        RiskLines
            .ClassifyAddress(RiskTestData.Snapshot, "1.2.3.4")
            .ShouldBe("""{"input":"1.2.3.4","signals":[],"unknown":["ip.residential_proxy","ip.public_proxy"]}""");
        RiskLines
            .ClassifyAddress(RiskTestData.Snapshot, "10.0.0.1")
            .ShouldBe(
                """{"input":"10.0.0.1","signals":[{"id":"ip.unroutable","source":"special-purpose@rfc6890","matched":"10.0.0.1"}],"unknown":[]}"""
            );
    }

    [Fact]
    public void Every_line_in_gives_one_line_out_in_the_same_order()
    {
        var input = string.Concat(Enumerable.Range(0, 5_000).Select(i => $"u{i}@mailinator.com\r\n")) + "last";
        using var output = new MemoryStream();

        var count = RiskLines.ClassifyEmails(
            RiskTestData.Snapshot,
            new MemoryStream(Encoding.UTF8.GetBytes(input)),
            output
        );

        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        count.ShouldBe(5_001);
        lines.Length.ShouldBe(5_002);
        lines[^1].ShouldBeEmpty();
        lines[4_321].ShouldStartWith("""{"input":"u4321@mailinator.com",""");
        lines[5_000].ShouldStartWith("""{"input":"last",""");
    }
}
