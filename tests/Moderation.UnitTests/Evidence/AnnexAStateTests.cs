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
}
