// The prevailing rule of the public suffix list: longest, exception first, wildcard, none.

namespace Moderation.UnitTests.Risk;

public class PublicSuffixesTests
{
    // The cases of the list's own test file that its rules of today still carry.
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("b.example.com", "example.com")]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("domain.biz", "domain.biz")]
    [InlineData("example.uk.com", "example.uk.com")]
    [InlineData("a.b.example.uk.com", "example.uk.com")]
    [InlineData("test.ac", "test.ac")]
    [InlineData("b.c.mm", "b.c.mm")]
    [InlineData("a.b.c.mm", "b.c.mm")]
    [InlineData("test.ac.jp", "test.ac.jp")]
    [InlineData("www.test.kyoto.jp", "test.kyoto.jp")]
    [InlineData("b.ide.kyoto.jp", "b.ide.kyoto.jp")]
    [InlineData("b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("a.b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("city.kobe.jp", "city.kobe.jp")]
    [InlineData("www.city.kobe.jp", "city.kobe.jp")]
    [InlineData("b.test.ck", "b.test.ck")]
    [InlineData("www.ck", "www.ck")]
    [InlineData("www.www.ck", "www.ck")]
    [InlineData("test.k12.ak.us", "test.k12.ak.us")]
    [InlineData("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("www.xn--85x722f.com.cn", "xn--85x722f.com.cn")]
    [InlineData("a.b.example.unlisted", "example.unlisted")]
    public void The_registrable_domain_is_one_label_more_than_the_suffix(string host, string registrable) =>
        RiskTestData.Snapshot.Suffixes!.Registrable(host).ShouldBe(registrable);

    [Theory]
    [InlineData("com", false)]
    [InlineData("c.kobe.jp", false)]
    [InlineData("xn--55qx5d.cn", false)]
    [InlineData("unlisted", false)]
    [InlineData("uk.com", true)]
    [InlineData("github.io", true)]
    public void A_suffix_knows_its_section(string host, bool isPrivate)
    {
        var found = RiskTestData.Snapshot.Suffixes!.Find(host);

        found.IsSuffixItself.ShouldBeTrue();
        found.IsPrivate.ShouldBe(isPrivate);
    }
}
