<?xml version="1.0" encoding="UTF-8"?>
<!-- Writes man pages from Doxygen's XML of hookrail.h: one for each function, structure, enumeration and handle, and
     hookrail(3) with the rules and the groups. Takes the XML's index. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:exsl="http://exslt.org/common"
    extension-element-prefixes="exsl">
  <xsl:output method="text"/>
  <xsl:param name="version"/>
  <xsl:param name="date"/>
  <xsl:param name="folder"/>

  <xsl:variable name="small" select="'abcdefghijklmnopqrstuvwxyz'"/>
  <xsl:variable name="capital" select="'ABCDEFGHIJKLMNOPQRSTUVWXYZ'"/>
  <xsl:variable name="line" select="'&#10;'"/>

  <xsl:template match="/doxygenindex">
    <xsl:variable name="groups" select="compound[@kind='group']"/>
    <xsl:for-each select="$groups">
      <xsl:for-each select="document(concat(@refid, '.xml'), /)/doxygen/compounddef">
        <xsl:apply-templates mode="page" select=".//memberdef[@kind='function' or @kind='enum']
          | .//memberdef[@kind='typedef' and not(.//memberdef) and starts-with(definition, 'typedef struct')]"/>
        <xsl:for-each select="innerclass">
          <xsl:apply-templates mode="page" select="document(concat(@refid, '.xml'), /)/doxygen/compounddef"/>
        </xsl:for-each>
      </xsl:for-each>
    </xsl:for-each>

    <xsl:for-each select="document('hookrail_8h.xml', /)/doxygen/compounddef">
      <exsl:document href="{$folder}/hookrail.3" method="text">
        <xsl:call-template name="head">
          <xsl:with-param name="name" select="'hookrail'"/>
          <xsl:with-param name="brief" select="briefdescription"/>
        </xsl:call-template>
        <xsl:text>.SH DESCRIPTION&#10;</xsl:text>
        <xsl:apply-templates select="briefdescription | detaileddescription"/>
        <xsl:for-each select="$groups">
          <xsl:for-each select="document(concat(@refid, '.xml'), /)/doxygen/compounddef">
            <xsl:value-of select="concat('.SH ', translate(title, $small, $capital), $line)"/>
            <xsl:apply-templates select="briefdescription | detaileddescription"/>
            <xsl:text>.PP&#10;.nh&#10;.ad l&#10;</xsl:text>
            <xsl:call-template name="list"/>
            <xsl:text>.ad b&#10;.hy&#10;</xsl:text>
          </xsl:for-each>
        </xsl:for-each>
      </exsl:document>
    </xsl:for-each>
  </xsl:template>

  <!-- The title, the name and the include line of a page. -->
  <xsl:template name="head">
    <xsl:param name="name"/>
    <xsl:param name="brief"/>
    <xsl:value-of select="concat('.TH ', translate($name, $small, $capital), ' 3 ', $date, ' &quot;libhookrail ', $version,
      '&quot; &quot;libhookrail&quot;', $line)"/>
    <xsl:value-of select="concat('.SH NAME', $line, $name, ' \- ')"/>
    <xsl:variable name="text" select="normalize-space($brief)"/>
    <xsl:call-template name="escape">
      <xsl:with-param name="text">
        <xsl:choose>
          <xsl:when test="substring($text, string-length($text)) = '.'">
            <xsl:value-of select="substring($text, 1, string-length($text) - 1)"/>
          </xsl:when>
          <xsl:otherwise><xsl:value-of select="$text"/></xsl:otherwise>
        </xsl:choose>
      </xsl:with-param>
    </xsl:call-template>
    <xsl:text>&#10;.SH SYNOPSIS&#10;.nf&#10;.B #include &lt;hookrail.h&gt;&#10;.fi&#10;</xsl:text>
  </xsl:template>

  <xsl:template name="foot">
    <xsl:text>.SH SEE ALSO&#10;.nh&#10;.ad l&#10;.BR hookrail (3)</xsl:text>
    <xsl:variable name="own" select="@id"/>
    <xsl:for-each select="ancestor::compounddef[@kind='group']//memberdef[@kind='function' and @id != $own]">
      <xsl:value-of select="concat(',', $line, '.BR ', name, ' (3)')"/>
    </xsl:for-each>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>

  <!-- The pages of a group, separated by commas. -->
  <xsl:template name="list">
    <xsl:for-each select=".//memberdef[@kind='function']">
      <xsl:value-of select="concat('.BR ', name, ' (3)')"/>
      <xsl:if test="position() != last()">,</xsl:if>
      <xsl:text>&#10;</xsl:text>
    </xsl:for-each>
  </xsl:template>

  <xsl:template mode="page" match="memberdef[@kind='function']">
    <exsl:document href="{$folder}/{name}.3" method="text">
      <xsl:call-template name="head">
        <xsl:with-param name="name" select="name"/>
        <xsl:with-param name="brief" select="briefdescription"/>
      </xsl:call-template>
      <xsl:value-of select="concat('.PP', $line, '.nf', $line, '.BI &quot;', type)"/>
      <xsl:if test="substring(type, string-length(type)) != '*'"><xsl:text> </xsl:text></xsl:if>
      <xsl:value-of select="concat(name, '(')"/>
      <xsl:if test="not(param/declname)">void);"</xsl:if>
      <xsl:for-each select="param[declname]">
        <xsl:if test="position() != 1"><xsl:text>.BI "    </xsl:text></xsl:if>
        <xsl:value-of select="type"/>
        <xsl:if test="substring(type, string-length(type)) != '*'"><xsl:text> </xsl:text></xsl:if>
        <xsl:value-of select="concat('&quot; ', declname, ' &quot;')"/>
        <xsl:choose>
          <xsl:when test="position() = last()">);"</xsl:when>
          <xsl:otherwise>,"&#10;</xsl:otherwise>
        </xsl:choose>
      </xsl:for-each>
      <xsl:text>&#10;.fi&#10;.SH DESCRIPTION&#10;</xsl:text>
      <xsl:apply-templates select="briefdescription | detaileddescription"/>
      <xsl:call-template name="foot"/>
    </exsl:document>
  </xsl:template>

  <xsl:template mode="page" match="memberdef[@kind='typedef']">
    <xsl:if test="not(//memberdef[@kind='enum']/name = name)">
      <exsl:document href="{$folder}/{name}.3" method="text">
        <xsl:call-template name="head">
          <xsl:with-param name="name" select="name"/>
          <xsl:with-param name="brief" select="briefdescription"/>
        </xsl:call-template>
        <xsl:value-of select="concat('.PP', $line, '.B ', definition, ';', $line, '.SH DESCRIPTION', $line)"/>
        <xsl:apply-templates select="briefdescription | detaileddescription"/>
        <xsl:call-template name="foot"/>
      </exsl:document>
    </xsl:if>
  </xsl:template>

  <xsl:template mode="page" match="memberdef[@kind='enum'] | compounddef">
    <xsl:variable name="name" select="name | compoundname"/>
    <exsl:document href="{$folder}/{$name}.3" method="text">
      <xsl:call-template name="head">
        <xsl:with-param name="name" select="$name"/>
        <xsl:with-param name="brief" select="briefdescription"/>
      </xsl:call-template>
      <xsl:text>.SH DESCRIPTION&#10;</xsl:text>
      <xsl:apply-templates select="briefdescription | detaileddescription"/>
      <xsl:for-each select="enumvalue | .//memberdef[@kind='variable']">
        <xsl:text>.TP&#10;.B "</xsl:text>
        <xsl:value-of select="normalize-space(concat(type, ' ', name, ' ', initializer))"/>
        <xsl:text>"&#10;</xsl:text>
        <xsl:apply-templates select="briefdescription | detaileddescription"/>
      </xsl:for-each>
      <xsl:call-template name="foot"/>
    </exsl:document>
  </xsl:template>

  <!-- Paragraphs. The lists and the titled paragraphs that one holds follow its text. -->
  <xsl:template match="briefdescription | detaileddescription"><xsl:apply-templates/></xsl:template>

  <xsl:template match="para[starts-with(., 'SPDX-')]"/>

  <xsl:template match="para">
    <xsl:variable name="blocks" select="parameterlist | simplesect | itemizedlist"/>
    <xsl:if test="not($blocks) or normalize-space(text()[1]) != ''">
      <xsl:if test="parent::detaileddescription and (preceding-sibling::para or not(ancestor::compounddef[@kind='group'
        and not(current()/ancestor::memberdef)])) and not(ancestor::enumvalue or ancestor::memberdef[@kind='variable'])">
        <xsl:text>.PP&#10;</xsl:text>
      </xsl:if>
      <xsl:variable name="text"><xsl:apply-templates mode="inline" select="node()[not(self::parameterlist
        or self::simplesect or self::itemizedlist)]"/></xsl:variable>
      <xsl:variable name="flat" select="normalize-space($text)"/>
      <xsl:if test="starts-with($flat, '.') or starts-with($flat, &quot;'&quot;)">\&amp;</xsl:if>
      <xsl:value-of select="concat($flat, $line)"/>
    </xsl:if>
    <xsl:apply-templates select="$blocks"/>
  </xsl:template>

  <xsl:template match="parameterlist">
    <xsl:text>.SH PARAMETERS&#10;</xsl:text>
    <xsl:for-each select="parameteritem">
      <xsl:text>.TP&#10;</xsl:text>
      <xsl:for-each select="parameternamelist/parametername">
        <xsl:value-of select="concat('\fI', ., '\fR')"/>
        <xsl:if test="position() != last()">, </xsl:if>
      </xsl:for-each>
      <xsl:value-of select="$line"/>
      <xsl:apply-templates select="parameterdescription/para"/>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="simplesect">
    <xsl:value-of select="concat('.SH ', translate(title, $small, $capital), $line)"/>
    <xsl:apply-templates select="para"/>
  </xsl:template>

  <xsl:template match="itemizedlist">
    <xsl:for-each select="listitem">
      <xsl:text>.IP \(bu 2&#10;</xsl:text>
      <xsl:apply-templates/>
    </xsl:for-each>
  </xsl:template>

  <xsl:template mode="inline" match="computeroutput | bold | ref[starts-with(., 'HOOKRAIL')]">
    <xsl:text>\fB</xsl:text><xsl:apply-templates mode="inline"/><xsl:text>\fR</xsl:text>
  </xsl:template>

  <!-- A function is named as a page. -->
  <xsl:template mode="inline" match="ref[contains(., '()')]">
    <xsl:value-of select="concat('\fB', substring-before(., '()'), '\fR(3)')"/>
  </xsl:template>

  <xsl:template mode="inline" match="nonbreakablespace"><xsl:text>\ </xsl:text></xsl:template>

  <xsl:template mode="inline" match="text()">
    <xsl:call-template name="escape"><xsl:with-param name="text" select="."/></xsl:call-template>
  </xsl:template>

  <xsl:template match="text()"/>

  <!-- Writes text in which a backslash is itself. -->
  <xsl:template name="escape">
    <xsl:param name="text"/>
    <xsl:choose>
      <xsl:when test="contains($text, '\')">
        <xsl:value-of select="concat(substring-before($text, '\'), '\e')"/>
        <xsl:call-template name="escape">
          <xsl:with-param name="text" select="substring-after($text, '\')"/>
        </xsl:call-template>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$text"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
</xsl:stylesheet>
