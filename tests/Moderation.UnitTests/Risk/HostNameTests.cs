// International host names: UTS 46 mapping, composition, encoding, and what is an error.
using Moderation.Domain.Risk;

namespace Moderation.UnitTests.Risk;

public class HostNameTests
{
    [Theory]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.Example", "xn--bcher-kva.example")]
    [InlineData("bu\u0308cher.example", "xn--bcher-kva.example")]
    [InlineData("faß.de", "xn--fa-hia.de")]
    [InlineData("FAẞ.de", "xn--fa-hia.de")]
    [InlineData("ΒΌΛΟΣ.gr", "xn--nxasmq6b.gr")]
    [InlineData("βόλος.gr", "xn--nxasmm1c.gr")]
    [InlineData("ｍａｉｌｉｎａｔｏｒ．ｃｏｍ", "mailinator.com")]
    [InlineData("例え。テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("mail\u00ADinator.com", "mailinator.com")]
    [InlineData("\u212Aelvin.com", "kelvin.com")]
    [InlineData("ﬀ.com", "ff.com")]
    [InlineData("İ.com", "xn--i-9bb.com")]
    [InlineData("👍.com", "xn--yp8h.com")]
    [InlineData("한국.kr", "xn--3e0b707e.kr")]
    [InlineData("\u1112\u1161\u11AB국.kr", "xn--3e0b707e.kr")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("bücher.XN--BCHER-KVA.example", "xn--bcher-kva.xn--bcher-kva.example")]
    [InlineData("пример.рф", "xn--e1afmkfd.xn--p1ai")]
    [InlineData("उदाहरण.भारत", "xn--p1b6ci4b4b3a.xn--h2brj9c")]
    [InlineData("श्री\u200Dमान्\u200D.example", null)]
    [InlineData("क्\u200Dष.example", "xn--11b2ezcw70k.example")]
    [InlineData("نامه\u200Cای.com", "xn--mgba3gch31f060k.com")]
    [InlineData("a\u200Db.com", null)]
    [InlineData("\u0301a.com", null)]
    [InlineData("a\u2024com.example", null)]
    [InlineData("a\u202Eb.com", null)]
    [InlineData("a\uE000.com", null)]
    [InlineData("ü_x.com", null)]
    [InlineData("-ü.com", null)]
    [InlineData("ü..com", null)]
    [InlineData("xn--a.com", null)]
    [InlineData("xn--abc-.com", null)]
    [InlineData("xn--wca.example", null)]
    [InlineData("ü\uD800.com", null)]
    public void A_name_becomes_what_uts_46_says(string text, string? ascii) => HostName.ToAscii(text).ShouldBe(ascii);

    [Fact]
    public void A_name_longer_than_the_wire_allows_is_none()
    {
        HostName
            .ToAscii(string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', 61))
            .ShouldNotBeNull();
        HostName
            .ToAscii(string.Join('.', Enumerable.Repeat(new string('a', 63), 3)) + "." + new string('b', 62))
            .ShouldBeNull();
        HostName.ToAscii(new string('a', 64) + ".com").ShouldBeNull();
        HostName.ToAscii(new string('ü', 3_000)).ShouldBeNull();
    }
}
