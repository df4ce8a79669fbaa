#include "build/dockerfile/lines.h"

#include <gtest/gtest.h>

namespace tare::build {
namespace {

Result<LogicalLines> read(std::string_view text) { return read_logical_lines(DockerfileSource("Dockerfile", text)); }

TEST(LogicalLines, ContinuedLinesAreOneAndCommentsInsideAreDropped) {
  const auto read_lines = read("FROM a\nRUN one \\\n  # a comment\n\n  two\n").value();
  ASSERT_EQ(read_lines.lines.size(), 2U);
  EXPECT_EQ(read_lines.lines[1].text, "RUN one   two");
  EXPECT_EQ(read_lines.lines[1].line, 2);
}

TEST(LogicalLines, CrlfAndByteOrderMarkDoNotMatter) {
  const auto read_lines = read("\xEF\xBB\xBF# escape=`\r\nFROM a\r\nRUN one `\r\n two\r\n").value();
  ASSERT_EQ(read_lines.lines.size(), 2U);
  EXPECT_EQ(read_lines.escape, '`');
  EXPECT_EQ(read_lines.lines[1].text, "RUN one  two");
}

TEST(LogicalLines, ADirectiveAfterAnythingElseIsAComment) {
  EXPECT_EQ(read("# hello\n# escape=`\nFROM a\n").value().escape, '\\');
  EXPECT_EQ(read("FROM a\n# escape=`\n").value().escape, '\\');
  EXPECT_EQ(read("#ESCAPE = `\nFROM a\n").value().escape, '`');
}

TEST(LogicalLines, BadDirectivesAreRefusedWithTheirLine) {
  EXPECT_NE(read("# escape=x\nFROM a\n").error().text().find("Dockerfile:1: invalid escape token"), std::string::npos);
  EXPECT_NE(read("# escape=`\n# escape=`\nFROM a\n").error().text().find("Dockerfile:2"), std::string::npos);
  EXPECT_EQ(read("# syntax=example.org/other\nFROM a\n").error().kind(), ErrorKind::kUnsupported);
  EXPECT_TRUE(read("# syntax=docker/dockerfile:1\nFROM a\n").ok());
}

TEST(LogicalLines, HeredocsAreReadUpToTheirName) {
  const auto lines = read("FROM a\nRUN <<EOF cat <<-'B'\n  one\nEOF\n\ttwo $x\n\tB\nUSER x\n").value().lines;
  ASSERT_EQ(lines.size(), 3U);
  ASSERT_EQ(lines[1].heredocs.size(), 2U);
  EXPECT_EQ(lines[1].heredocs[0].content, "  one\n");
  EXPECT_TRUE(lines[1].heredocs[0].expand);
  EXPECT_EQ(lines[1].heredocs[1].content, "two $x\n");
  EXPECT_FALSE(lines[1].heredocs[1].expand);
  EXPECT_EQ(lines[2].text, "USER x");
}

TEST(LogicalLines, AHeredocWithoutEndIsRefused) {
  EXPECT_NE(read("FROM a\nRUN <<EOF\n one\n").error().text().find("unterminated heredoc"), std::string::npos);
}

TEST(LogicalLines, OnlyRunCopyAndAddHaveHeredocs) {
  EXPECT_EQ(read("FROM a\nCMD cat <<EOF\n").value().lines[1].heredocs.size(), 0U);
}

TEST(LogicalLines, ADoubledEscapeAtTheEndIsText) { EXPECT_EQ(read("RUN a \\\\\nRUN b").value().lines.size(), 2U); }

TEST(LogicalLines, AnEscapeOnTheLastLineEndsTheFile) { EXPECT_EQ(read("RUN a \\").value().lines[0].text, "RUN a"); }

}  // namespace
}  // namespace tare::build
