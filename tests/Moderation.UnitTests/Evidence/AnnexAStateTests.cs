// Reads keys files that are not what Annex A describes.
using System.Text;
using Moderation.Evidence;

namespace Moderation.UnitTests.Evidence;

public class AnnexAStateTests
{
    private const string Good =
        """{"now_ms":1,"devices":[],"meetings":[],"challenges":[],"key_checkpoints":[],"recipients":[]}""";

    [Fact]
    public void An_empty_state_is_read()
    {
        AnnexAState.Parse(Encoding.UTF8.GetBytes(Good)).NowMs.ShouldBe(1UL);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"now_ms":-1}""")]
    public void A_file_that_is_none_is_a_format_error(string json)
    {
        Should.Throw<FormatException>(() => AnnexAState.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Theory]
    [InlineData("\"status\": \"active\"", "\"status\": \"asleep\"")]
    [InlineData("\"kid\": \"8567", "\"kid\": \"8568")]
    [InlineData("\"alg\": -19", "\"alg\": -8")]
    [InlineData("\"last_counter\": 0", "\"last_counter\": \"0\"")]
    public void A_state_with_a_wrong_member_is_a_format_error(string right, string wrong)
    {
        var json = Encoding.UTF8.GetString(Vectors.Read("evb1/keys.json"));
        json.ShouldContain(right);
        var at = json.IndexOf(right, StringComparison.Ordinal);

        var broken = json[..at] + wrong + json[(at + right.Length)..];

        Should.Throw<FormatException>(() => AnnexAState.Parse(Encoding.UTF8.GetBytes(broken)));
    }

    [Theory]
    [InlineData("\"status\": \"active\"", "\"state\": \"active\"", "devices[0].state: unknown member")]
    [InlineData("\"now_ms\"", "\"now_ms\": 1, \"now_ms\"", "now_ms: twice there")]
    [InlineData("\"used\": false", "\"used\": \"false\"", "challenges[0].used: must be true or false")]
    [InlineData("\"role\": 1", "\"role\": 5", "recipients[0].role: must be 1 to 4")]
    [InlineData("\"kid\": \"cd80", "\"kid\": \"CD80", "meetings[0].relays[0].kid: must be lower-case hex")]
    [InlineData("\"key_checkpoints\"", "\"key_checkpoint\"", "key_checkpoint: unknown member")]
    public void What_is_wrong_is_named_by_its_path(string right, string wrong, string message)
    {
        var json = Encoding.UTF8.GetString(Vectors.Read("evb1/keys.json"));
        json.ShouldContain(right);
        var at = json.IndexOf(right, StringComparison.Ordinal);

        var broken = json[..at] + wrong + json[(at + right.Length)..];

        Should
            .Throw<FormatException>(() => AnnexAState.Parse(Encoding.UTF8.GetBytes(broken)))
            .Message.ShouldBe(message);
    }
}
