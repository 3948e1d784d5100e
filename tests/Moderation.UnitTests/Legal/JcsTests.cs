// JSON is written the one way RFC 8785 allows, also for the characters that System.Text.Json gets wrong.
using System.Text.Json;
using System.Text.Json.Nodes;
using Moderation.Domain.Legal;

namespace Moderation.UnitTests.Legal;

public sealed class JcsTests
{
    [Theory]
    [InlineData("\u001f", "\"\\u001f\"")]
    [InlineData("\u000b", "\"\\u000b\"")]
    [InlineData("\u0000", "\"\\u0000\"")]
    [InlineData("\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\"")]
    [InlineData("\"\\/", "\"\\\"\\\\/\"")]
    [InlineData("<>&'+", "\"<>&'+\"")]
    [InlineData("\u007f\u00a0\u2028\u3000\ufeff\ue000", "\"\u007f\u00a0\u2028\u3000\ufeff\ue000\"")]
    [InlineData("\ud83d\ude00", "\"\ud83d\ude00\"")]
    [InlineData("\u20ac ö", "\"\u20ac ö\"")]
    public void A_string_is_written_one_way(string value, string expected) =>
        Jcs.Write(JsonValue.Create(value)).ShouldBe(expected);

    // As numbers: an attribute's string is stored as UTF-8, which has no lone surrogates.
    [Theory]
    [InlineData(0xd83d)]
    [InlineData(0xde00)]
    [InlineData(0xd83d, 0x62)]
    public void A_lone_surrogate_is_an_error(params int[] units)
    {
        var text = string.Concat(units.Select(unit => (char)unit));

        Should.Throw<ArgumentException>(() => Jcs.Write(JsonValue.Create(text)));
    }

    // RFC 8785, 3.2.3: sorted by UTF-16 code units, so an emoji stands before U+FB33.
    [Fact]
    public void Members_are_sorted_by_code_units()
    {
        var members = new JsonObject();
        foreach (var name in new[] { "\u20ac", "\r", "\ufb33", "1", "\ud83d\ude00", "\u0080", "\u00f6" })
            members[name] = 0;

        Jcs.Write(members)
            .ShouldBe("{\"\\r\":0,\"1\":0,\"\u0080\":0,\"\u00f6\":0,\"\u20ac\":0,\"\ud83d\ude00\":0,\"\ufb33\":0}");
    }

    [Fact]
    public void There_is_no_white_space_and_null_stays() =>
        Jcs.Write(JsonNode.Parse("""{ "b" : [ 1 , true , null ] , "a" : { } }"""))
            .ShouldBe("""{"a":{},"b":[1,true,null]}""");

    [Theory]
    [InlineData("9007199254740991", true)]
    [InlineData("-9007199254740991", true)]
    [InlineData("9007199254740992", false)]
    [InlineData("1.5", false)]
    [InlineData("1e3", false)]
    public void Only_safe_integers_are_numbers(string number, bool allowed)
    {
        var node = JsonNode.Parse(number);
        if (allowed)
            Jcs.Write(node).ShouldBe(number);
        else
            Should.Throw<ArgumentException>(() => Jcs.Write(node));
    }

    [Fact]
    public void A_member_that_stands_twice_is_refused_on_reading() =>
        Should.Throw<JsonException>(() => Jcs.Read("""{"a":1,"a":2}"""u8).AsObject().Count);
}
